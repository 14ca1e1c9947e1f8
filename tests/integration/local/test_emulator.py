"""The emulator as a process: guarded, kept on disk, held to policies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError

from cumulo.errors import CumuloError
from cumulo.local import stacks
from cumulo.local.emulator import process
from cumulo.local.emulator.process import Emulator

from ._aws import REGION, assembly, client, item, role, table

ACCOUNT = process.ACCOUNT


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.01)


async def kill(emulator: Emulator) -> None:
    """End the emulator as a crash would."""
    os.kill(emulator.pid, signal.SIGKILL)
    await emulator.stop()


def tables(emulator: Emulator, account: str = ACCOUNT) -> list[str]:
    """Return the names of an account's tables."""
    return client("dynamodb", emulator, emulator.root_credentials(account)).list_tables()["TableNames"]


def add_queue(emulator: Emulator, name: str, account: str = ACCOUNT) -> str:
    """Make a queue and return its URL."""
    sqs = client("sqs", emulator, emulator.root_credentials(account))
    return sqs.create_queue(QueueName=name)["QueueUrl"]


def queues(emulator: Emulator) -> list[str]:
    """Return the names of the queues."""
    sqs = client("sqs", emulator, emulator.root_credentials())
    return [url.rpartition("/")[2] for url in sqs.list_queues().get("QueueUrls", [])]


class TestGuard:
    @pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "api.localhost", "[::1]:{port}"])
    async def test_this_machine_is_served(self, emulator: Emulator, host: str) -> None:
        async with httpx.AsyncClient() as http:
            response = await http.get(f"{emulator.endpoint}/nothing", headers={"host": host.format(port=emulator.port)})
        assert response.status_code != 403 or "AccessDenied" in response.text

    @pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", ""])
    async def test_another_host_name_is_refused(self, emulator: Emulator, host: str) -> None:
        """A web page whose DNS name was rebound to 127.0.0.1 sends its own name."""
        async with httpx.AsyncClient() as http:
            response = await http.post(emulator.endpoint, headers={"host": host})
        assert (response.status_code, response.text) == (403, "this Host is not served here\n")

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "x"])
    async def test_a_page_of_another_site_is_refused(self, emulator: Emulator, origin: str) -> None:
        async with httpx.AsyncClient() as http:
            response = await http.post(emulator.endpoint, headers={"origin": origin})
        assert response.status_code == 403
        assert "Origin" in response.text

    async def test_a_page_of_this_machine_may_call(self, emulator: Emulator) -> None:
        async with httpx.AsyncClient() as http:
            response = await http.get(f"{emulator.endpoint}/x/y", headers={"origin": "http://localhost:3000"})
        assert "Origin" not in response.text

    async def test_an_image_on_another_site_cannot_call(self, emulator: Emulator) -> None:
        """The emulator takes an unsigned request for the account's root."""
        url = f"{emulator.endpoint}/?Action=CreateQueue&QueueName=forged"
        async with httpx.AsyncClient() as http:
            response = await http.get(url, headers={"sec-fetch-site": "cross-site"})
        assert response.status_code == 403

    @pytest.mark.parametrize(
        "path", ["/_ministack/reset", "/_ministack/health", "/_localstack/x", "/_aws/x", "/health", "/_cumulo/save"]
    )
    async def test_control_endpoints_need_the_secret(self, emulator: Emulator, path: str) -> None:
        async with httpx.AsyncClient() as http:
            for headers in ({}, {"x-cumulo-secret": "guess"}):
                response = await http.post(emulator.endpoint + path, headers=headers)
                assert (response.status_code, response.text) == (403, "this endpoint is private\n")

    async def test_only_loopback_is_bound(self, emulator: Emulator) -> None:
        sockets = Path(f"/proc/{emulator.pid}/net/tcp").read_text().splitlines()
        port = f":{emulator.port:04X}"
        bound = {line.split()[1] for line in sockets if line.split()[1].endswith(port) and line.split()[3] == "0A"}
        assert bound == {"0100007F" + port}

    async def test_the_secret_is_nowhere_to_be_read(self, emulator: Emulator) -> None:
        secret = emulator._control.secret.encode()
        for name in ("cmdline", "environ"):
            assert secret not in Path(f"/proc/{emulator.pid}/{name}").read_bytes()
        assert secret.decode() not in repr(emulator)

    async def test_a_service_that_is_switched_off_is_not_served(self, emulator: Emulator, account: str) -> None:
        with pytest.raises(ClientError):
            client("kinesis", emulator, emulator.root_credentials(account)).list_streams()

    async def test_bytes_that_are_no_text_are_answered_without_a_traceback(self, emulator_python: Path) -> None:
        said: list[str] = []
        headers = {"x-amz-target": "secretsmanager.GetSecretValue"}
        async with (
            process.running(python=emulator_python, state=None, report=said.append) as other,
            httpx.AsyncClient() as http,
        ):
            response = await http.post(other.endpoint, content=b"\xff\xfe{", headers=headers)
        assert (response.status_code, response.json()["__type"]) == (400, "SerializationException")
        assert said == []

    async def test_a_service_that_is_not_served_is_named(self, emulator: Emulator, account: str) -> None:
        with pytest.raises(ClientError, match="cumulo serves no logs here; it serves cloudformation, cognito-idp"):
            client("logs", emulator, emulator.root_credentials(account)).describe_log_groups()


class TestPermissions:
    """With AUTH on, the emulator holds a role's session to the role's policies."""

    async def test_a_role_may_do_what_its_policy_says_and_nothing_else(
        self, emulator: Emulator, account: str, tmp_path: Path
    ) -> None:
        may_put = {
            "Effect": "Allow",
            "Action": ["dynamodb:PutItem"],
            "Resource": {"Fn::GetAtt": ["Table", "Arn"]},
        }
        template = {"Resources": {"Table": table(), "Role": role("writer", may_put)}}
        await stacks.deploy(assembly(tmp_path, data=template), emulator, account=account, region=REGION)
        credentials = await emulator.credentials(f"arn:aws:iam::{account}:role/writer", account)
        dynamodb = client("dynamodb", emulator, credentials)

        dynamodb.put_item(TableName="items-dev-table", Item=item(1))
        with pytest.raises(ClientError, match="AccessDenied"):
            dynamodb.get_item(TableName="items-dev-table", Key={"PK": {"S": "x"}, "SK": {"S": "x"}})
        with pytest.raises(ClientError, match="AccessDenied"):
            dynamodb.put_item(TableName="another", Item=item(1))
        assert client("sts", emulator, credentials).get_caller_identity()["Arn"] == (
            f"arn:aws:sts::{account}:assumed-role/writer/cumulo"
        )
        assert credentials.expires is not None
        assert credentials.expires.timestamp() > time.time() + 12 * 3600

    async def test_a_wrong_secret_key_is_refused(self, emulator: Emulator, account: str, tmp_path: Path) -> None:
        template = {"Resources": {"Role": role("r", {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})}}
        await stacks.deploy(assembly(tmp_path, data=template), emulator, account=account, region=REGION)
        real = await emulator.credentials(f"arn:aws:iam::{account}:role/r", account)
        forged = process.Credentials(real.access_key, "guess", real.session_token)
        client("sqs", emulator, real).list_queues()
        with pytest.raises(ClientError, match="Signature"):
            client("sqs", emulator, forged).list_queues()

    async def test_a_role_that_does_not_exist_is_an_error(self, emulator: Emulator, account: str) -> None:
        with pytest.raises(CumuloError, match="there is no role"):
            await emulator.credentials(f"arn:aws:iam::{account}:role/none", account)

    async def test_accounts_do_not_see_each_other(self, emulator: Emulator, account: str) -> None:
        add_queue(emulator, "mine", account)
        other = client("sqs", emulator, emulator.root_credentials("999999999999"))
        assert not other.list_queues().get("QueueUrls")


class TestSnapshots:
    async def test_restore_brings_back_all_services(self, emulator: Emulator, account: str, tmp_path: Path) -> None:
        root = emulator.root_credentials(account)
        dynamodb, sqs, s3 = (client(name, emulator, root) for name in ("dynamodb", "sqs", "s3"))
        secrets, ssm = (client(name, emulator, root) for name in ("secretsmanager", "ssm"))
        template = {"Resources": {"Table": table()}}
        await stacks.deploy(assembly(tmp_path, data=template), emulator, account=account, region=REGION)
        queue = add_queue(emulator, "orders", account)
        dynamodb.put_item(TableName="items-dev-table", Item=item(1))
        sqs.send_message(QueueUrl=queue, MessageBody="first")
        s3.create_bucket(Bucket=f"photos-{account}", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket=f"photos-{account}", Key="a", Body=b"\0\xff")
        secrets.create_secret(Name="key", SecretString="one")
        ssm.put_parameter(Name="limit", Value="1", Type="String")
        await emulator.snapshot(account)

        for _ in range(2):
            dynamodb.delete_item(TableName="items-dev-table", Key={k: item(1)[k] for k in ("PK", "SK")})
            dynamodb.put_item(TableName="items-dev-table", Item=item(2))
            sqs.purge_queue(QueueUrl=queue)
            sqs.send_message(QueueUrl=queue, MessageBody="second")
            s3.put_object(Bucket=f"photos-{account}", Key="b", Body=b"")
            s3.delete_object(Bucket=f"photos-{account}", Key="a")
            secrets.put_secret_value(SecretId="key", SecretString="two")
            ssm.delete_parameter(Name="limit")
            add_queue(emulator, "late", account)
            await emulator.restore(account)

            assert dynamodb.scan(TableName="items-dev-table")["Items"] == [item(1)]
            messages = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0)["Messages"]
            assert [message["Body"] for message in messages] == ["first"]
            assert s3.get_object(Bucket=f"photos-{account}", Key="a")["Body"].read() == b"\0\xff"
            assert s3.list_objects_v2(Bucket=f"photos-{account}")["KeyCount"] == 1
            assert secrets.get_secret_value(SecretId="key")["SecretString"] == "one"
            assert ssm.get_parameter(Name="limit")["Parameter"]["Value"] == "1"
            assert len(sqs.list_queues()["QueueUrls"]) == 1

    async def test_other_accounts_and_sessions_are_untouched(
        self, emulator: Emulator, account: str, tmp_path: Path
    ) -> None:
        template = {"Resources": {"Role": role("r", {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})}}
        await stacks.deploy(assembly(tmp_path, data=template), emulator, account=account, region=REGION)
        await emulator.snapshot(account)
        credentials = await emulator.credentials(f"arn:aws:iam::{account}:role/r", account)
        add_queue(emulator, "theirs", "888888888888")
        await emulator.restore(account)
        client("sqs", emulator, credentials).list_queues()
        other = client("sqs", emulator, emulator.root_credentials("888888888888"))
        assert len(other.list_queues()["QueueUrls"]) == 1

    async def test_a_long_poll_over_a_restore_sees_new_messages(self, emulator: Emulator, account: str) -> None:
        sqs = client("sqs", emulator, emulator.root_credentials(account))
        queue = add_queue(emulator, "orders", account)
        await emulator.snapshot(account)
        poll = asyncio.create_task(asyncio.to_thread(sqs.receive_message, QueueUrl=queue, WaitTimeSeconds=20))
        await asyncio.sleep(0.2)
        await emulator.restore(account)
        client("sqs", emulator, emulator.root_credentials(account)).send_message(QueueUrl=queue, MessageBody="new")
        assert (await asyncio.wait_for(poll, 10))["Messages"][0]["Body"] == "new"

    async def test_restore_without_a_snapshot_is_an_error(self, emulator: Emulator, account: str) -> None:
        with pytest.raises(CumuloError, match="no snapshot"):
            await emulator.restore(account)


Start = Callable[..., Awaitable[Emulator]]


@pytest.fixture
async def start(emulator_python: Path, tmp_path: Path):
    """Start emulators on one state folder; they are stopped after the test."""
    started: list[Emulator] = []

    async def begin(**arguments: object) -> Emulator:
        arguments = {"python": emulator_python, "state": tmp_path / "state", **arguments}
        started.append(await process.start(**arguments))  # type: ignore[arg-type]
        return started[-1]

    yield begin
    for emulator in started:
        await emulator.stop()


class TestState:
    async def test_survives_a_stop_and_a_new_port(self, start: Start) -> None:
        first = await start()
        url = add_queue(first, "orders")
        sqs = client("sqs", first, first.root_credentials())
        sqs.send_message(QueueUrl=url, MessageBody="kept")
        await first.stop()

        second = await start()
        sqs = client("sqs", second, second.root_credentials())
        url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
        assert url.startswith(second.endpoint)
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "kept"

    async def test_survives_sigterm(self, start: Start) -> None:
        first = await start(save_interval=3600)
        add_queue(first, "orders")
        os.kill(first.pid, signal.SIGTERM)
        await first.stop()
        assert queues(await start()) == ["orders"]

    async def test_survives_a_kill_when_it_was_saved(self, start: Start) -> None:
        first = await start(save_interval=3600)
        add_queue(first, "saved")
        await first.save()
        add_queue(first, "unsaved")
        await kill(first)
        assert queues(await start()) == ["saved"]

    async def test_is_saved_a_moment_after_a_change(self, start: Start, tmp_path: Path) -> None:
        first = await start(save_interval=0.05)
        file = tmp_path / "state" / "sqs.json"
        add_queue(first, "first")
        await until(lambda: file.exists() and b"first" in file.read_bytes())
        add_queue(first, "second")
        await until(lambda: b"second" in file.read_bytes())
        await kill(first)
        assert sorted(queues(await start())) == ["first", "second"]

    async def test_what_did_not_change_is_not_written(self, start: Start, tmp_path: Path) -> None:
        emulator = await start(save_interval=3600)
        add_queue(emulator, "orders")
        await emulator.save()
        before = (tmp_path / "state" / "sqs.json").stat()
        await emulator.save()
        assert (tmp_path / "state" / "sqs.json").stat().st_ino == before.st_ino

    async def test_objects_survive(self, start: Start) -> None:
        first = await start()
        s3 = client("s3", first, first.root_credentials())
        s3.create_bucket(Bucket="photos", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket="photos", Key="a/b", Body=b"\0\xff")
        await first.stop()
        second = await start()
        s3 = client("s3", second, second.root_credentials())
        assert s3.get_object(Bucket="photos", Key="a/b")["Body"].read() == b"\0\xff"

    @pytest.mark.parametrize(
        "damage", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: data[:-9] + b"\0" * 9]
    )
    async def test_a_corrupt_file_is_kept_aside_and_said(
        self, start: Start, tmp_path: Path, damage: Callable[[bytes], bytes]
    ) -> None:
        first = await start()
        add_queue(first, "orders")
        client("ssm", first, first.root_credentials()).put_parameter(Name="limit", Value="1", Type="String")
        await first.stop()
        file = tmp_path / "state" / "sqs.json"
        damaged = damage(file.read_bytes())
        file.write_bytes(damaged)

        said: list[str] = []
        second = await start(report=said.append)
        assert queues(second) == []
        ssm = client("ssm", second, second.root_credentials())
        assert ssm.get_parameter(Name="limit")["Parameter"]["Value"] == "1"
        await second.stop()
        [aside] = (tmp_path / "state").glob("sqs.json.corrupt-*")
        assert aside.read_bytes() == damaged
        assert any("saved state of sqs cannot be read" in line and aside.name in line for line in said)

    async def test_when_it_cannot_be_written_the_old_one_stays_and_service_goes_on(
        self, start: Start, tmp_path: Path
    ) -> None:
        """A folder in the place of the draft fails as a full disk does, for root too."""
        said: list[str] = []
        first = await start(save_interval=3600, report=said.append)
        add_queue(first, "saved")
        await first.save()
        obstacle = tmp_path / "state" / "sqs.json.tmp"
        obstacle.mkdir()
        (obstacle / "x").touch()
        add_queue(first, "late")
        for _ in range(3):
            with pytest.raises(CumuloError, match="sqs"):
                await first.save()
        add_queue(first, "later")
        assert b"late" not in (tmp_path / "state" / "sqs.json").read_bytes()
        (obstacle / "x").unlink()
        obstacle.rmdir()
        await first.save()
        await kill(first)
        assert len([line for line in said if "could not be saved" in line]) == 1
        assert sorted(queues(await start())) == ["late", "later", "saved"]

    async def test_what_cannot_be_saved_at_the_end_is_an_error(self, start: Start, tmp_path: Path) -> None:
        first = await start(save_interval=3600, report=[].append)
        add_queue(first, "saved")
        await first.save()
        saved = first.saved
        (tmp_path / "state" / "sqs.json.tmp").mkdir()
        add_queue(first, "late")
        with pytest.raises(CumuloError, match=r"latest changes of the data are lost.*sqs") as unsaved:
            await first.stop()
        assert not first.running
        assert saved is not None
        assert f"what was saved at {saved[:10]}" in str(unsaved.value.hint)
        (tmp_path / "state" / "sqs.json.tmp").rmdir()

    async def test_a_second_emulator_on_the_same_state_is_refused(self, start: Start) -> None:
        first = await start()
        with pytest.raises(CumuloError, match=f"in use by process {os.getpid()}"):
            await start()
        await kill(first)
        await start()

    async def test_a_port_in_use_is_named(self, start: Start, tmp_path: Path) -> None:
        first = await start()
        with pytest.raises(CumuloError, match=f"port {first.port} is in use") as caught:
            await start(state=tmp_path / "other", port=first.port)
        assert caught.value.hint


class TestParent:
    async def test_a_killed_parent_leaves_no_orphan_and_no_loss(
        self, start: Start, emulator_python: Path, tmp_path: Path
    ) -> None:
        script = f"""
import asyncio, pathlib
from cumulo.local.emulator import process
async def main():
    emulator = await process.start(
        python=pathlib.Path({str(emulator_python)!r}), state=pathlib.Path({str(tmp_path / "state")!r}),
        save_interval=3600)
    print(emulator.pid, emulator.port, flush=True)
    await asyncio.sleep(3600)
asyncio.run(main())
"""
        parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        assert parent.stdout
        with parent.stdout:
            pid, port = map(int, parent.stdout.readline().split())
        httpx.post(
            f"http://127.0.0.1:{port}/",
            data={"Action": "CreateQueue", "QueueName": "orders"},
            headers={"authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/sqs/aws4_request"},
        ).raise_for_status()
        parent.kill()
        parent.wait()
        assert queues(await start()) == ["orders"]
        await until(lambda: not Path(f"/proc/{pid}").exists())
