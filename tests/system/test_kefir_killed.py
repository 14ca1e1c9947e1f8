"""`cumulo dev` of `kefir` is killed while a reminder is on its way: it comes all the same."""

import json
import re
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import httpx
import pytest

from tests.system.conftest import EXAMPLES, LEFT_BEHIND, Dev, cumulo

ADA = "ada@example.org"


@pytest.fixture
def kefir(tmp_path: Path) -> Iterator[Dev]:
    dev = Dev(copytree(EXAMPLES / "kefir", tmp_path / "kefir", ignore=LEFT_BEHIND), tmp_path / "dev.log")
    yield dev
    if dev.process is not None and dev.process.poll() is None:
        dev.end(signal.SIGKILL)


def said(kefir: Dev, *arguments: str) -> object:
    """Return what a verb says of the running stage."""
    ran = cumulo(*arguments, "--json", cwd=kefir.project)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def reminders(kefir: Dev) -> list[str]:
    """Return the subjects of the e-mails to Ada that bring no code."""
    sent = said(kefir, "mail", "--to", ADA)
    return [mail["subject"] for mail in sent if "code" not in mail["subject"]]


def sign_in(kefir: Dev) -> str:
    """Return an id token of Ada's."""
    with kefir.client() as api:
        assert api.post("/sign-up", json={"email": ADA}).status_code == 202
    client = said(kefir, "outputs")["auth"]["AppClientId"]

    def cognito(action: str, **request: object) -> dict:
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": f"AWSCognitoIdentityProviderService.{action}",
        }
        url = f"http://127.0.0.1:{kefir.services_port}"
        answer = httpx.post(url, headers=headers, json={"ClientId": client, **request}, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    challenge = cognito("InitiateAuth", AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": ADA})
    code = re.search(r"\b\d{6}\b", said(kefir, "mail", "--to", ADA)[-1]["text"])[0]
    responses = {"USERNAME": ADA, "ANSWER": code}
    answered = cognito(
        "RespondToAuthChallenge",
        ChallengeName="CUSTOM_CHALLENGE",
        Session=challenge["Session"],
        ChallengeResponses=responses,
    )
    return answered["AuthenticationResult"]["IdToken"]


def remind(kefir: Dev, after: timedelta) -> datetime:
    """Have Ada ask for a reminder, and return when it is due."""
    with kefir.client() as api:
        api.headers["authorization"] = f"Bearer {sign_in(kefir)}"
        batch = api.post("/batches", json={"name": "Mild one", "milk": "cow"}).json()["id"]
        due = datetime.now(UTC).replace(microsecond=0) + after
        wanted = {"step": "feed", "zone": "UTC", "at": due.replace(tzinfo=None).isoformat()}
        assert api.post(f"/batches/{batch}/reminders", json=wanted).status_code == 201
        return due


def test_a_kill_between_asking_and_coming_loses_nothing(kefir: Dev) -> None:
    kefir.start()
    remind(kefir, timedelta(days=1))
    kefir.end(signal.SIGKILL)
    kefir.start()
    assert reminders(kefir) == []
    said(kefir, "clock", "advance", "2d")
    assert reminders(kefir) == ["Mild one: time to feed the grains"]


@pytest.mark.parametrize("later", [0.0, 0.3, 0.6, 1.0])
def test_a_kill_while_it_is_sent_loses_nothing_and_repeats_it_once_at_most(kefir: Dev, later: float) -> None:
    """The function starts, claims the reminder, sends the mail and says so: the kill comes somewhere in between."""
    kefir.start()
    due = remind(kefir, timedelta(seconds=5))
    time.sleep(max(0.0, due.timestamp() + later - time.time()))
    kefir.end(signal.SIGKILL)
    kefir.start()
    said(kefir, "clock", "advance", "1h")
    sent = reminders(kefir)
    assert set(sent) == {"Mild one: time to feed the grains"}
    assert len(sent) <= 2  # two only if the kill came right between the mail and the note that it was sent
