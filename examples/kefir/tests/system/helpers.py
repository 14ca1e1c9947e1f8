"""What the tests of the running system share: who signs in, and how answers are compared."""

import base64
import json
import random
import re
from dataclasses import dataclass
from typing import Any

from scripts.seed import png

EMAIL = "ada@example.org"
PHOTO = png(random.Random(1))


@dataclass(frozen=True)
class Brewer:
    """Someone who is signed in: the tokens, and a client of the API that has the id token."""

    address: str
    tokens: dict[str, str]
    api: Any


@dataclass(frozen=True)
class Identity:
    """What the app does with Cognito and its mails to sign someone in."""

    cognito: Any
    client_id: str
    mail: Any
    open_api: Any

    def sign_up(self, address: str) -> None:
        assert self.open_api.post("/sign-up", json={"email": address}).status_code == 202

    def begin(self, address: str) -> dict:
        """Ask for a code."""
        return self.cognito.initiate_auth(
            ClientId=self.client_id, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": address}
        )

    def code(self, address: str) -> str:
        """Return the code of the newest mail to an address."""
        text = next(sent.text for sent in reversed(self.mail) if address in sent.to)
        return re.search(r"\b\d{6}\b", text)[0]

    def answer(self, challenge: dict, address: str, code: str) -> dict:
        return self.cognito.respond_to_auth_challenge(
            ClientId=self.client_id,
            ChallengeName="CUSTOM_CHALLENGE",
            Session=challenge["Session"],
            ChallengeResponses={"USERNAME": address, "ANSWER": code},
        )

    def sign_in(self, address: str) -> dict[str, str]:
        """Return the tokens of someone who has an account."""
        challenge = self.begin(address)
        return self.answer(challenge, address, self.code(address))["AuthenticationResult"]


def claims(token: str) -> dict[str, Any]:
    """Return what a token says, whoever signed it."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def other_than(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06}"


def told(answer: Any) -> tuple[int, dict]:
    """Return what an error says, without what is new each time."""
    body = answer.json()
    return answer.status_code, {name: body[name] for name in body.keys() - {"timestamp", "requestId"}}
