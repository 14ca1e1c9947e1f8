"""Who calls: the API's authorizer has checked the token, here it is read.

An HTTP API's JWT authorizer takes a token whose ``aud`` or ``client_id`` is the app's, so an access token passes as
well as an id token: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html. This
API wants the id token, which has the e-mail address, and looks at ``token_use`` itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.event_handler.exceptions import UnauthorizedError


@dataclass(frozen=True)
class Caller:
    """A user who is signed in."""

    id: str
    email: str


def require_id_token(event: Mapping[str, Any]) -> None:
    """Refuse requests that came with another token than an id token; a guard for ``http.handler``."""
    if _claims(event).get("token_use") != "id":
        raise UnauthorizedError("Send the id token, not the access token")


def caller(event: Mapping[str, Any]) -> Caller:
    """Return who calls, by the claims of the id token."""
    claims = _claims(event)
    return Caller(id=claims["sub"], email=claims["email"])


def _claims(event: Mapping[str, Any]) -> Mapping[str, str]:
    claims: Mapping[str, str] = event["requestContext"]["authorizer"]["jwt"]["claims"]
    return claims
