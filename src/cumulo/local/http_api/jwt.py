"""JWT authorizers.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html

API Gateway takes any token of the issuer for the audience: an id token is as good as an access token, as it does not
look at ``token_use``. A route that must not take one of them names scopes, which id tokens of Cognito do not have, or
its function looks at the claim ``token_use``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jwt import PyJWS, PyJWTError, get_unverified_header

from cumulo.errors import CumuloError
from cumulo.local.http_api import errors
from cumulo.local.http_api.authorizer import identity_source
from cumulo.local.http_api.definition import Authorizer
from cumulo.local.http_api.exchange import Exchange
from cumulo.local.http_api.keys import KEPT, IssuerError, Keys

if TYPE_CHECKING:
    from cumulo.local.http_api.authorizer import Services

ALGORITHMS = ("RS256", "RS384", "RS512")
"""API Gateway supports RSA-based algorithms only."""

MAX_REMEMBERED = 1000
"""How many tokens an authorizer remembers at most; the oldest go first."""

_BEARER = "bearer "


class InvalidTokenError(Exception):
    """The token is not one that the authorizer accepts; the client reads why."""


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A token that was verified: what the function gets of it, its scopes, and until when it need not be verified."""

    claims: Mapping[str, str]
    scopes: frozenset[str]
    until: float


class JwtAuthorizer:
    """Lets pass who has a token of the issuer, for the audience, and with one of the scopes.

    Parameters
    ----------
    definition
        The authorizer.
    services
        What it works with.
    """

    __slots__ = ("_accepted", "_definition", "_keys", "_services", "_source")

    def __init__(self, definition: Authorizer, services: Services) -> None:
        where = f"authorizer '{definition.name}'"
        if not definition.issuer or not definition.audience:
            hint = "JwtConfiguration needs Issuer and Audience"
            raise CumuloError("a JWT authorizer without issuer or audience takes any token", where=where, hint=hint)
        if len(definition.identity_sources) != 1:
            raise CumuloError("a JWT authorizer has one identity source", where=where)
        self._definition = definition
        self._services = services
        self._source = identity_source(definition.identity_sources[0], definition)
        self._keys = Keys(definition.issuer, services.issuer_address(definition.issuer), services.now)
        self._accepted: dict[str, _Accepted] = {}

    async def __call__(self, exchange: Exchange) -> None:
        """Let an exchange pass or raise the answer: 401 or 403."""
        token = str(self._source(exchange) or "")
        if token[: len(_BEARER)].lower() == _BEARER:
            token = token[len(_BEARER) :]
        token = token.strip()
        if not token:
            raise errors.unauthorized("Bearer")
        try:
            accepted = await self._verified(token)
        except InvalidTokenError as error:
            exchange.authorizer_error = str(error)
            raise errors.unauthorized(self._challenge("invalid_token", str(error))) from None
        except IssuerError as error:
            exchange.authorizer_error = str(error)
            self._services.report(f"authorizer '{self._definition.name}': {error}", exchange)
            description = "OIDC discovery endpoint communication error"
            raise errors.unauthorized(self._challenge("invalid_token", description)) from None
        needed = self._definition.scopes
        if needed and accepted.scopes.isdisjoint(needed):
            exchange.authorizer_error = f"the token has none of the scopes {', '.join(needed)}"
            description = "the token does not have a required scope"
            raise errors.forbidden(self._challenge("insufficient_scope", description))
        scopes = sorted(accepted.scopes) if needed else None
        exchange.jwt = {"claims": accepted.claims, "scopes": scopes}

    async def _verified(self, token: str) -> _Accepted:
        now = self._services.now()
        accepted = self._accepted.get(token)
        if accepted is None or now >= accepted.until:
            accepted = _checked(await self._claims(token), self._definition, now)
            self._remember(token, accepted)
        return accepted

    def _remember(self, token: str, accepted: _Accepted) -> None:
        self._accepted.pop(token, None)
        if len(self._accepted) >= MAX_REMEMBERED:
            del self._accepted[next(iter(self._accepted))]
        self._accepted[token] = accepted

    async def _claims(self, token: str) -> Mapping[str, Any]:
        """Return what a token says, once its signature is found to be the issuer's."""
        try:
            header = get_unverified_header(token)
            algorithm, key_id = header.get("alg"), header.get("kid")
            if algorithm not in ALGORITHMS:
                raise InvalidTokenError("the token is not signed with an RSA algorithm")
            key = await self._keys.find(key_id) if isinstance(key_id, str) else None
            if key is None:
                raise InvalidTokenError("the token is signed with no key of the issuer")
            claims = json.loads(PyJWS().decode(token, key, algorithms=[algorithm]))
        except (PyJWTError, ValueError, TypeError, RecursionError):
            raise InvalidTokenError("the token is malformed, or its signature is not valid") from None
        if not isinstance(claims, dict):
            raise InvalidTokenError("the token says nothing")
        return claims

    def _challenge(self, error: str, description: str) -> str:
        scope = " ".join(self._definition.scopes)
        return f'Bearer scope="{scope}" error="{error}" error_description="{description}"'


def _checked(claims: Mapping[str, Any], definition: Authorizer, now: float) -> _Accepted:
    """Check what a token says, without any leeway: AWS documents none."""
    if claims.get("iss") != definition.issuer:
        raise InvalidTokenError("the token does not have a valid issuer")
    # client_id counts only where there is no aud.
    if set(definition.audience).isdisjoint(_listed(claims["aud"] if "aud" in claims else claims.get("client_id"))):
        raise InvalidTokenError("the token does not have a valid audience")
    expires = _time(claims, "exp")
    if expires is None or now >= expires:
        raise InvalidTokenError("the token has expired")
    for name in ("nbf", "iat"):
        begins = _time(claims, name)
        if begins is not None and now < begins:
            raise InvalidTokenError("the token is not valid yet")
    return _Accepted(
        claims={name: _text(value) for name, value in claims.items()},
        scopes=frozenset(_scopes(claims)),
        until=min(expires, now + KEPT),
    )


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidTokenError(f"the token's {name} is not a time")
    return float(value)


def _listed(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [value for value in values if isinstance(value, str)]


def _scopes(claims: Mapping[str, Any]) -> Iterable[str]:
    """Return the scopes of ``scope`` or ``scp``: separated by spaces, or a list."""
    return " ".join(_listed(claims["scope"] if "scope" in claims else claims.get("scp"))).split()


def _text(value: object) -> str:
    """Return a claim as API Gateway hands it to functions: always a string, a list in brackets."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{' '.join(_text(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)
