"""Signing in by a code that is sent by mail: the three triggers of Cognito's custom authentication.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html

Whether there is a user of that address (``userNotFound``), and whether it had its share of codes for this hour, shows
neither in the answers nor in the time they take: the same is done in all cases. Only the mail goes to SES's mailbox
simulator then, which swallows it (https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html), and no
answer is right. Nothing here logs an event: it holds what a user answered.
"""

import functools
from typing import Any

from kefir.codes import LIFETIME, TRIES, Codes
from kefir.mails import code_mail

from cumulo.runtime import linked

NOBODY = "success@simulator.amazonses.com"
CHALLENGE = "CUSTOM_CHALLENGE"

Event = dict[str, Any]


@functools.cache
def codes() -> Codes:
    """Return the codes that are out."""
    return Codes(linked.table("table"), linked.secret("pepper").value)


def define(event: Event, context: object) -> Event:  # noqa: ARG001 - Lambda passes both
    """Say what comes next: the tokens after a right answer, the end after three wrong ones, else a challenge."""
    request, response = event["request"], event["response"]
    session = request["session"]
    # There is no other way in, so nothing good begins with another challenge.
    is_ours = all(each["challengeName"] == CHALLENGE for each in session)
    is_right = bool(session) and is_ours and session[-1]["challengeResult"] is True
    response["issueTokens"] = is_right and not request.get("userNotFound")
    response["failAuthentication"] = not is_right and (len(session) >= TRIES or not is_ours)
    if not is_right and not response["failAuthentication"]:
        response["challengeName"] = CHALLENGE
    return event


def create(event: Event, context: object) -> Event:  # noqa: ARG001 - Lambda passes both
    """Send a code, at the first try of a session; at the next ones the code stays the same."""
    session = event["request"]["session"]
    code_id = session[-1]["challengeMetadata"] if session else _send(event)
    event["response"] |= {
        "publicChallengeParameters": {"sentBy": "email", "goodForSeconds": str(LIFETIME)},
        "privateChallengeParameters": {"code": code_id},
        "challengeMetadata": code_id,
    }
    return event


def verify(event: Event, context: object) -> Event:  # noqa: ARG001 - Lambda passes both
    """Say whether the answer is the code."""
    request = event["request"]
    is_right = codes().check(request["privateChallengeParameters"]["code"], request["challengeAnswer"])
    event["response"]["answerCorrect"] = is_right and not request.get("userNotFound")
    return event


def _send(event: Event) -> str:
    """Send a new code and return its id."""
    may_have = codes().may_have(event["userName"])
    is_real = may_have and not event["request"].get("userNotFound")
    code = codes().make(usable=is_real)
    mail = code_mail(code.digits, LIFETIME // 60)
    to = event["request"]["userAttributes"]["email"] if is_real else NOBODY
    linked.email("sender").send(to=to, subject=mail.subject, text=mail.text, html=mail.html)
    return code.id
