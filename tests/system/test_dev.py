"""`cumulo dev` as a user runs it, and what befalls it."""

import contextlib
import os
import signal
import socket
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from tests.system.conftest import Dev, cumulo, gone, wait_until


def test_a_new_project_runs_and_keeps_its_data(dev: Dev) -> None:
    dev.start()
    with dev.client() as client:
        assert client.get("/health").json() == {"status": "ok"}
        assert client.post("/notes/1", json={"text": "milk"}).status_code == 201
    assert dev.end() == 0
    dev.start()
    with dev.client() as client:
        assert client.get("/notes/1").json()["text"] == "milk"


def test_fresh_starts_empty(dev: Dev) -> None:
    dev.start()
    with dev.client() as client:
        client.post("/notes/1", json={"text": "milk"})
    dev.end()
    dev.start("--fresh")
    with dev.client() as client:
        assert client.get("/notes/1").status_code == 404


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running(dev: Dev, number: signal.Signals) -> None:
    dev.start()
    with dev.client() as client:
        client.get("/health")
    family = dev.family()
    assert len(family) >= 4, "dev, emulator, zygote and a worker"
    code = dev.end(number)
    assert code == (-9 if number == signal.SIGKILL else 0)
    wait_until(lambda: all(gone(process) for process in family), "all processes to end")


def test_data_survives_a_kill(dev: Dev) -> None:
    dev.start()
    with dev.client() as client:
        assert client.post("/notes/1", json={"text": "milk"}).status_code == 201
        time.sleep(4)  # the state is saved within seconds of a change
    family = dev.family()
    dev.end(signal.SIGKILL)
    wait_until(lambda: all(gone(process) for process in family), "all processes to end")
    dev.start()
    with dev.client() as client:
        assert client.get("/notes/1").json()["text"] == "milk"


def test_a_restart_right_after_a_kill_goes_on(dev: Dev) -> None:
    dev.start()
    with dev.client() as client:
        assert client.post("/notes/1", json={"text": "milk"}).status_code == 201
    dev.end(signal.SIGKILL)
    dev.start()
    with dev.client() as client:
        assert client.get("/notes/1").json()["text"] == "milk"


def test_the_end_of_the_data_services_is_said_and_ends_it(dev: Dev) -> None:
    dev.start()
    emulator = next(child for child in dev.family() if "launcher" in child.cmdline())
    emulator.kill()
    assert dev.end(0) == 1
    assert "the data services ended unexpectedly" in dev.said()
    assert "hint: start `cumulo dev` again: it goes on with the data saved at" in dev.said()
    assert "Traceback" not in dev.said()


def test_everything_listens_on_loopback_only(dev: Dev) -> None:
    dev.start()
    with dev.client() as client:
        client.get("/health")
    addresses = set()
    for process in dev.family():
        with contextlib.suppress(psutil.Error):
            addresses |= {c.laddr.ip for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN}
    assert addresses == {"127.0.0.1"}


def test_a_saved_change_is_live_on_the_next_request(dev: Dev) -> None:
    health = dev.project / "functions/health.py"
    original = health.read_text()
    dev.start()
    with dev.client() as client:
        assert client.get("/health").json() == {"status": "ok"}
        health.write_text(original.replace('"ok"', '"new"'))
        wait_until(lambda: client.get("/health").json() == {"status": "new"}, "the change")


def test_a_syntax_error_shows_and_the_next_save_recovers(dev: Dev) -> None:
    health = dev.project / "functions/health.py"
    original = health.read_text()
    dev.start()
    with dev.client() as client:
        health.write_text("def handler(event, context)\n    return 1\n")
        wait_until(lambda: client.get("/health").status_code == 500, "the error")
        assert "Runtime.UserCodeSyntaxError" in client.get("/health").text
        wait_until(lambda: "syntax error" in dev.said().lower(), "the error in the terminal")
        health.write_text(original)
        wait_until(lambda: client.get("/health").status_code == 200, "recovery")


def test_a_new_route_is_deployed_while_running(dev: Dev) -> None:
    api = dev.project / "infra/api.py"
    dev.start()
    with dev.client() as client:
        assert client.get("/alive").status_code == 404
        assert f"export AWS_ENDPOINT_URL=http://127.0.0.1:{dev.services_port} " in dev.said()
        api.write_text(api.read_text() + '        api.route("GET /alive", health, authorizer=None)\n')
        wait_until(lambda: client.get("/alive").status_code == 200, "the new route")
        assert client.post("/notes/1", json={"text": "milk"}).status_code == 201
    wait_until(lambda: "running as declared now; changed: api" in dev.said(), "what changed")


def test_wrong_ports_are_wrong_usage(project: Path) -> None:
    for ports, what in ((("--port", "99999"), "99999"), (("--port", "4000", "--services-port", "4000"), "the same")):
        refused = cumulo("dev", *ports, cwd=project)
        assert (refused.returncode, what in refused.stderr) == (2, True)


def test_a_mistake_in_the_declaration_is_said_and_what_ran_goes_on(dev: Dev) -> None:
    api = dev.project / "infra/api.py"
    original = api.read_text()
    dev.start()
    with dev.client() as client:
        api.write_text(original.replace("memory=128", "memory=100000"))
        wait_until(lambda: "a memory of 100000 MB is not possible" in dev.said(), "the mistake")
        assert client.get("/health").status_code == 200
        wait_until(lambda: "what ran before goes on running" in dev.said(), "what goes on")
        api.write_text(original)
        wait_until(lambda: "the declaration is right again" in dev.said(), "that it is mended")


def test_a_function_that_is_not_linked_gets_access_denied(dev: Dev) -> None:
    api = dev.project / "infra/api.py"
    api.write_text(api.read_text().replace("links=[data.notes.get()]", "links=[data.notes.put()]"))
    dev.start()
    with dev.client() as client:
        assert client.get("/notes/1").status_code == 500
        assert "AccessDenied" not in client.get("/notes/1").text
    wait_until(lambda: "AccessDeniedException" in dev.said(), "the reason in the terminal")


def test_a_second_dev_on_the_same_state_is_refused(dev: Dev) -> None:
    dev.start()
    second = cumulo("dev", cwd=dev.project)
    assert second.returncode == 1
    assert f"the stage runs already, as process {dev.process.pid}" in second.stderr
    assert "hint:" in second.stderr
    with dev.client() as client:
        assert client.get("/health").status_code == 200


@pytest.mark.parametrize("option", ["--port", "--services-port"])
def test_a_port_in_use_is_named(project: Path, option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        other = "--services-port" if option == "--port" else "--port"
        refused = cumulo("dev", option, port, other, "0", cwd=project)
    assert refused.returncode == 1
    assert port in refused.stderr
    assert f"hint: free it, or use {option} " in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_corrupt_state_file_is_kept_aside_and_said(dev: Dev) -> None:
    dev.start()
    dev.end()
    state = dev.project / ".cumulo/local/dev/services"
    broken = next(file for file in sorted(state.rglob("*dynamodb*")) if file.is_file())
    broken.write_bytes(b"\0 not a state file")
    dev.start()
    wait_until(lambda: "dynamodb" in dev.said(), "the corrupt file to be named")
    assert [file for file in state.rglob("*") if file.is_file() and file.read_bytes() == b"\0 not a state file"]
    with dev.client() as client:
        assert client.get("/health").status_code == 200


def test_invoke_logs_and_outputs_reach_the_running_stage(dev: Dev) -> None:
    dev.start()
    invoked = cumulo("invoke", "health", cwd=dev.project)
    assert (invoked.returncode, '"status": "ok"' in invoked.stdout) == (0, True)
    failed = cumulo("invoke", "write-note", '{"nonsense": true}', cwd=dev.project)
    assert failed.returncode in (0, 1)
    assert "Traceback" not in failed.stderr
    unknown = cumulo("invoke", "nothing", cwd=dev.project)
    assert unknown.returncode == 1
    assert "there is no function 'nothing'" in unknown.stderr
    outputs = cumulo("outputs", "--json", cwd=dev.project)
    assert f"http://127.0.0.1:{dev.port}" in outputs.stdout
    with dev.client() as client:
        client.post("/notes/1", content=b"{broken")
    # Entries are on disk a moment after the answer.
    wait_until(lambda: "request refused" in cumulo("logs", "write-note", cwd=dev.project).stdout, "the line to be kept")
    assert cumulo("logs", "write-note", cwd=dev.project).returncode == 0


def test_a_message_that_always_fails_ends_in_the_dead_letter_queue(dev: Dev) -> None:
    """Others of its batch are unharmed."""
    functions = dev.project / "functions/orders.py"
    functions.write_text(
        textwrap.dedent("""
        def take(event, context):
            failed = [r["messageId"] for r in event["Records"] if r["body"] == "bad"]
            for record in event["Records"]:
                print("took", record["body"])
            return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in failed]}
        """)
    )
    api = dev.project / "infra/api.py"
    api.write_text(
        api.read_text().replace("Function, HttpApi", "Function, HttpApi, Queue")
        + '        work = Function(self, "take", handler="functions.orders.take", timeout=seconds(1))\n'
        + '        Queue(self, "orders", tries=3, visibility=seconds(1)).consume(work)\n'
    )
    dev.start()
    import boto3

    keys = {"aws_access_key_id": "000000000000", "aws_secret_access_key": "test"}
    endpoint = f"http://127.0.0.1:{dev.services_port}"
    sqs = boto3.client("sqs", endpoint_url=endpoint, region_name="eu-central-1", **keys)
    url = sqs.get_queue_url(QueueName="shop-dev-orders")["QueueUrl"]
    dead = sqs.get_queue_url(QueueName="shop-dev-orders-dead-letters")["QueueUrl"]
    for body in ("good", "bad", "fine"):
        sqs.send_message(QueueUrl=url, MessageBody=body)

    def dead_letters() -> str:
        names = ["ApproximateNumberOfMessages"]
        return sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=names)["Attributes"][names[0]]

    wait_until(lambda: dead_letters() == "1", "the dead letter")
    assert dev.said().count("took good") == dev.said().count("took fine") == 1
    assert dev.said().count("took bad") == 3
    sqs.close()


def test_it_starts_offline_once_it_was_set_up(dev: Dev, monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry is not needed for a second start."""
    dev.start()
    dev.end()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("UV_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    dev.start()
    with dev.client() as client:
        assert client.get("/health").status_code == 200
    assert os.environ["HTTP_PROXY"]
