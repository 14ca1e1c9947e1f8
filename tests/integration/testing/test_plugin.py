"""The pytest plugin as a team uses it: pytest runs in a process of its own, on a small project."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

APP = """
from cumulo import App, EmailSender, Function, HttpApi, Queue, Stack, Table, seconds


def app(stage):
    app = App("corner", stage)
    shop = Stack(app, "shop")
    notes = Table(shop, "notes", partition_key="PK")
    orders = Queue(shop, "orders", visibility=seconds(1))
    write = Function(shop, "write", handler="functions.write", links=[notes.put(), orders.send()])
    read = Function(shop, "read", handler="functions.read", links=[notes.get()])
    HttpApi(shop, "api").route("PUT /notes/{id}", write, authorizer=None)
    admin = HttpApi(shop, "admin")
    admin.route("GET /notes/{id}", read, authorizer=None)
    sender = EmailSender(shop, "sender", address="shop@example.com")
    Function(shop, "post", handler="functions.post", links=[sender.send(), notes.get()])
    Function(shop, "spy", handler="functions.spy", links=[notes.get()])
    orders.consume(Function(shop, "take", handler="functions.take", links=[notes.put()], timeout=seconds(1)))
    return app
"""
FUNCTIONS = """
import os
import boto3

table = boto3.resource("dynamodb").Table(os.environ["NOTES_TABLE_NAME"])


def write(event, context):
    key = event["pathParameters"]["id"]
    table.put_item(Item={"PK": key})
    boto3.client("sqs").send_message(QueueUrl=os.environ["ORDERS_QUEUE_URL"], MessageBody=key)
    print("wrote", key)


def read(event, context):
    return {"statusCode": 200 if "Item" in table.get_item(Key={"PK": event["pathParameters"]["id"]}) else 404}


def spy(event, context):
    return table.scan()["Items"]


def post(event, context):
    from cumulo.runtime import linked

    linked.email("sender").send(to=event["to"], subject="Welcome", text="Good day", html="<p>Good day</p>")


def take(event, context):
    for record in event["Records"]:
        table.put_item(Item={"PK": "taken-" + record["body"]})
"""
# Each of them would fail after any other, were the system not as new.
FIXTURES = """
import time

import pytest
from cumulo.errors import CumuloError


@pytest.mark.parametrize("time", ["first", "second"])
def test_each_test_begins_with_nothing(cloud, client, drain, logs, time):
    assert logs() == []
    api, admin = client("api"), client("admin")
    assert admin.get("/notes/1").status_code == 404
    api.put("/notes/1")
    drain("orders")
    assert admin.get("/notes/1").status_code == 200
    assert admin.get("/notes/taken-1").status_code == 200
    assert [entry.text for entry in logs("write") if entry.text.startswith("wrote")] == ["wrote 1"]
    assert logs("read") == []


def test_invoke(invoke, logs):
    done = invoke("write", {"pathParameters": {"id": "2"}})
    assert (done.payload, done.error) == (None, None)
    assert {entry.request_id for entry in logs("write")} == {done.request_id}
    failed = invoke("write", {})
    assert (failed.error, failed.payload["errorType"]) == ("Unhandled", "KeyError")


@pytest.mark.parametrize("time", ["first", "second"])
def test_mail_has_the_e_mails_of_this_test(mail, invoke, time):
    assert list(mail) == []
    for to in ("ann@example.com", "bob@example.com"):
        assert invoke("post", {"to": to}).error is None
    assert len(mail) == 2
    assert (mail[-1].to, mail[0].subject) == (("bob@example.com",), "Welcome")
    assert [(found.text, found.html) for found in mail.to("ann@example.com")] == [("Good day", "<p>Good day</p>")]


def test_reset(client, reset):
    client("api").put("/notes/1")
    reset()
    assert client("admin").get("/notes/1").status_code == 404


def test_what_the_services_hold(cloud, client, drain):
    client("api").put("/notes/1")
    drain("orders")
    table = cloud.physical_id("NotesTable")
    assert table == "corner-test-notes"
    items = cloud.aws("dynamodb").scan(TableName=table)["Items"]
    assert sorted(item["PK"]["S"] for item in items) == ["1", "taken-1"]
    assert cloud.messages("orders") == []
    assert cloud.outputs["shop"]["ApiUrl"] == cloud.urls["Api"]


def test_a_function_may_do_what_it_is_linked_to_and_no_more(client, invoke, logs):
    client("api").put("/notes/1")
    denied = invoke("spy", {})
    assert denied.error == "Unhandled"
    assert "AccessDeniedException" in denied.payload["errorMessage"]
    assert any("AccessDeniedException" in entry.text for entry in logs("spy"))


@pytest.mark.parametrize("turn", ["first", "second"])
def test_the_clock(clock, cloud, invoke, logs, turn):
    real = time.time()
    assert abs(clock.now().timestamp() - real) < 5
    invoke("spy", {})
    clock.advance(days=10, hours=1)
    assert abs(clock.now().timestamp() - real - 10 * 86400 - 3600) < 30
    assert clock.now().tzinfo is not None
    done = invoke("write", {"pathParameters": {"id": "2"}})
    assert done.error is None
    spied, wrote = logs("spy"), logs("write")
    assert wrote and wrote[-1].time - spied[-1].time > 10 * 86400
    assert cloud.metric("AWS/Lambda", "Invocations", FunctionName="corner-test-write") == [1]
    assert cloud.aws("sts").get_caller_identity()["Account"]
    with pytest.raises(CumuloError):
        clock.advance(days=-1)


def test_what_is_not_there_is_named(client, invoke, drain):
    for call in (client, lambda: client("nothing"), lambda: invoke("nothing"), lambda: drain("nothing")):
        with pytest.raises(CumuloError):
            call()
"""
# The tests are not async, and that plugin warns when its own setting is missing.
SETTINGS = "[tool.pytest.ini_options]\naddopts = ['-p', 'no:asyncio']\n"

Pytest = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "corner"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        "[tool.cumulo]\n[tool.pytest.ini_options]\naddopts = ['-p', 'no:asyncio']\n"
    )
    (project / "app.py").write_text(APP)
    (project / "functions.py").write_text(FUNCTIONS)
    return project


@pytest.fixture
def run(project: Path, tmp_path: Path) -> Iterator[Pytest]:
    """Runs tests as a user does, warnings being errors; nothing of them is left behind."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}

    def run(tests: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        (project / "test_it.py").write_text(textwrap.dedent(tests))
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", *arguments],
            cwd=project,
            env=environment | {"TMPDIR": str(temporary)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    yield run
    assert processes_of(project, temporary) == []
    assert [path for path in temporary.iterdir() if not path.name.startswith("pytest-of-")] == []


def processes_of(project: Path, temporary: Path) -> list[str]:
    """Return the command lines of processes that were started for a project."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            places = (process.cwd(), process.environ().get("TMPDIR"))
            if process.status() != psutil.STATUS_ZOMBIE and ({*places} & {str(project), str(temporary)}):
                found.append(" ".join(process.cmdline()))
    return found


def last_line(ran: subprocess.CompletedProcess[str]) -> str:
    return ran.stdout.splitlines()[-1]


def test_the_fixtures_give_each_test_a_system_as_new(run: Pytest) -> None:
    ran = run(FIXTURES)
    assert ran.returncode == 0, ran.stdout
    assert " 11 passed in " in last_line(ran)
    assert ran.stderr == ""


def test_alarms_and_the_e_mails_of_their_topic(run: Pytest, project: Path) -> None:
    declared = (project / "app.py").read_text().replace("import App,", "import App, Topic,")
    alarm = 'write.errors().alarm(shop, "failing", above=0, notify=Topic(shop, "alerts", emails=["me@example.com"]))'
    (project / "app.py").write_text(declared.replace("    return app", f"    {alarm}\n    return app"))
    tests = """
        import pytest

        from cumulo.errors import CumuloError

        @pytest.mark.parametrize("time", ["first", "second"])
        def test_alarm(cloud, clock, invoke, mail, time):
            assert cloud.alarm("failing").state == "INSUFFICIENT_DATA"
            invoke("write", {})
            clock.advance(minutes=1)
            failing = cloud.alarm("failing")
            assert failing.state == "ALARM"
            assert failing.reason.startswith("Threshold Crossed: 1 out of the last 1 datapoints [1.0 (")
            assert mail[-1].subject.startswith('ALARM: "corner-test-failing" in ')
            clock.advance(days=1)
            assert cloud.alarm("corner-test-failing").state == "OK"
            with pytest.raises(CumuloError, match="there is no alarm 'nothing'"):
                cloud.alarm("nothing")
    """
    ran = run(tests)
    assert ran.returncode == 0, ran.stdout
    assert " 2 passed in " in last_line(ran)


def test_workers_of_xdist_have_an_account_each(run: Pytest) -> None:
    tests = """
        def test_account(cloud, worker_id, client):
            arn = cloud.outputs["shop"]["ApiUrl"], cloud.aws("sts").get_caller_identity()["Account"]
            client("api").put(f"/notes/{worker_id}")
            found = cloud.aws("dynamodb").scan(TableName="corner-test-notes")["Items"]
            assert {item["PK"]["S"] for item in found} <= {worker_id, f"taken-{worker_id}"}
            print("account", arn[1], "at", arn[0])
    """
    ran = run(tests, "-n", "2", "--dist", "each", "-rP")
    assert ran.returncode == 0, ran.stdout
    assert " 2 passed in " in last_line(ran)
    told = [line.split() for line in ran.stdout.splitlines() if line.startswith("account ")]
    assert len({account for _, account, _, _ in told}) == 2
    assert len({url for *_, url in told}) == 2


def test_a_failing_test_shows_what_the_system_said(run: Pytest) -> None:
    tests = """
        def test_before(client):
            client("api").put("/notes/before")

        def test_fails(client, invoke):
            client("api").put("/notes/now")
            assert invoke("write", {}).error is None
    """
    ran = run(tests)
    assert ran.returncode == 1
    _, _, said = ran.stdout.partition("What the system said")
    assert "wrote now" in said
    assert "KeyError" in said
    assert "PUT /notes/now" in said
    assert "wrote before" not in said


def test_a_system_that_cannot_be_declared_fails_with_the_reason(run: Pytest, project: Path) -> None:
    (project / "app.py").write_text("def app(stage):\n    return 1 / 0\n")
    ran = run("def test_it(cloud):\n    pass\n\n\ndef test_other():\n    pass\n")
    assert ran.returncode == 1
    assert "app.py:2: ZeroDivisionError: division by zero" in ran.stdout
    assert " 1 passed, 1 error in " in last_line(ran)


def test_without_a_test_that_uses_it_nothing_is_started_nor_imported(run: Pytest) -> None:
    tests = """
        import sys

        def test_it():
            assert not {"boto3", "cumulo.local", "cumulo.testing.cloud", "httpx", "uvloop"} & {*sys.modules}
    """
    ran = run(tests)
    assert ran.returncode == 0, ran.stdout


def test_the_project_and_its_stage_are_settings(run: Pytest, project: Path, tmp_path: Path) -> None:
    (project / "system").mkdir()
    for name in ("app.py", "functions.py"):
        (project / name).rename(project / "system" / name)
    (project / "system/pyproject.toml").write_text("[tool.cumulo]\n")
    (project / "pyproject.toml").write_text(SETTINGS)
    tests = 'def test_it(cloud):\n    assert cloud.physical_id("NotesTable") == "corner-prod-notes"\n'
    ran = run(tests, "-o", "cumulo_project=system", "-o", "cumulo_stage=prod")
    assert ran.returncode == 0, ran.stdout
