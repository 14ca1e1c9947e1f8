"""Authorizers, and the Lambda one.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NoReturn

from cumulo.errors import CumuloError
from cumulo.local.http_api import errors
from cumulo.local.http_api.definition import Authorizer
from cumulo.local.http_api.documents import encode
from cumulo.local.http_api.event import common_v2
from cumulo.local.http_api.event_v1 import common_v1
from cumulo.local.http_api.exchange import Exchange
from cumulo.local.http_api.policy import MalformedPolicyError, Policy
from cumulo.local.http_api.variables import context_variable
from cumulo.local.invoking import Invoker, RequestTooLargeError, TooManyRequestsError, UnknownFunctionError

Authorize = Callable[[Exchange], Awaitable[None]]
"""Lets an exchange pass, having noted the caller in it, or raises a ``GatewayError``."""

Report = Callable[[str, Exchange], None]
"""Tells the developer of something to mend."""

TIMEOUT = 10.0
"""How long a Lambda authorizer may take, in seconds."""

MAX_CACHED = 10_000
"""How many results an authorizer keeps at most; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Services:
    """What authorizers work with.

    Functions, the region, the clock in seconds, a way to the developer, and where an issuer of tokens is asked.
    """

    invoker: Invoker
    region: str
    now: Callable[[], float]
    report: Report
    issuer_address: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What an authorizer function answered: which routes it allows, to whom, and what it adds to the event."""

    allows: Callable[[str], bool]
    principal_id: str | None
    context: Mapping[str, Any]


class _MalformedAnswerError(Exception):
    """The authorizer's answer is not one that API Gateway understands."""


class LambdaAuthorizer:
    """Asks a function whether a request may pass, and remembers its answer by the identity sources.

    Parameters
    ----------
    definition
        The authorizer.
    services
        What it works with.
    """

    __slots__ = ("_cache", "_definition", "_services", "_sources")

    def __init__(self, definition: Authorizer, services: Services) -> None:
        self._definition = definition
        self._services = services
        self._sources = tuple(identity_source(expression, definition) for expression in definition.identity_sources)
        self._cache: dict[tuple[str, ...], tuple[float, _Verdict]] = {}

    async def __call__(self, exchange: Exchange) -> None:
        """Let an exchange pass or raise the answer: 401, 403 or 500."""
        identity = tuple(str(source(exchange) or "") for source in self._sources)
        if not all(identity):
            raise errors.unauthorized()
        exchange.identity_source = list(identity) or None
        route_arn = self._route_arn(exchange)
        verdict = self._remembered(identity)
        if verdict is None:
            verdict = await self._ask(exchange, route_arn)
            self._remember(identity, verdict)
        exchange.principal_id = verdict.principal_id
        exchange.authorizer_context = verdict.context
        if not verdict.allows(route_arn):
            raise errors.forbidden()

    def _remembered(self, identity: tuple[str, ...]) -> _Verdict | None:
        expires, verdict = self._cache.get(identity, (0.0, None))
        return verdict if self._services.now() < expires else None

    def _remember(self, identity: tuple[str, ...], verdict: _Verdict) -> None:
        if not identity or self._definition.ttl <= 0:
            return
        self._cache.pop(identity, None)
        if len(self._cache) >= MAX_CACHED:
            del self._cache[next(iter(self._cache))]
        self._cache[identity] = (self._services.now() + self._definition.ttl, verdict)

    async def _ask(self, exchange: Exchange, route_arn: str) -> _Verdict:
        definition = self._definition
        payload = encode(_event(definition, exchange, route_arn))
        started = perf_counter()
        try:
            result = await self._services.invoker.invoke(definition.function, payload, TIMEOUT)
        except UnknownFunctionError:
            self._services.report(
                f"authorizer '{definition.name}' is {definition.function}, which does not run here: "
                "declare that function in this app, or leave the authorizer out for this stage",
                exchange,
            )
            _fail(exchange, "The authorizer function does not exist")
        except TooManyRequestsError:
            _fail(exchange, "The authorizer function was throttled")
        except RequestTooLargeError:
            _fail(exchange, "The authorizer function does not take so large a request")
        except TimeoutError:
            _fail(exchange, "The authorizer function timed out")
        finally:
            exchange.authorizer_latency = (perf_counter() - started) * 1000
        if result.error is not None:
            _fail(exchange, f"The authorizer function returned the following error: {result.error}")
        try:
            return _verdict(result.payload, simple=definition.simple_responses)
        except (_MalformedAnswerError, MalformedPolicyError) as error:
            _fail(exchange, f"The authorizer function returned an invalid response: {error}")

    def _route_arn(self, exchange: Exchange) -> str:
        request = exchange.request
        path = request.path if exchange.stage == "$default" else request.path.removeprefix(f"/{exchange.stage}")
        api = f"arn:aws:execute-api:{self._services.region}:{exchange.account}:{exchange.api_id}"
        return f"{api}/{exchange.stage}/{request.method}{path}"


def _jwt(definition: Authorizer, services: Services) -> Authorize:
    from cumulo.local.http_api.jwt import JwtAuthorizer  # cryptography is heavy, and few APIs need it

    return JwtAuthorizer(definition, services)


AUTHORIZERS: Mapping[str, Callable[[Authorizer, Services], Authorize]] = {"REQUEST": LambdaAuthorizer, "JWT": _jwt}
"""How each type of authorizer is made."""


def make_authorizer(definition: Authorizer, services: Services) -> Authorize:
    """Make an authorizer.

    Raises
    ------
    CumuloError
        When its type does not run locally.
    """
    make = AUTHORIZERS.get(definition.type)
    if make is None:
        raise CumuloError(
            f"{definition.type} authorizers do not run locally yet",
            where=f"authorizer '{definition.name}'",
            hint=f"types that do: {', '.join(AUTHORIZERS)}",
        )
    return make(definition, services)


def _fail(exchange: Exchange, detail: str) -> NoReturn:
    exchange.authorizer_error = detail
    raise errors.internal("AUTHORIZER_FAILURE", detail)


def identity_source(expression: str, definition: Authorizer) -> Callable[[Exchange], object]:
    """Compile an identity source.

    Raises
    ------
    CumuloError
        When it is none.
    """
    kind, _, name = expression.partition(".")
    if kind == "$context" and name:
        return context_variable(name)
    if kind == "$stageVariables" and name:
        return lambda exchange: exchange.stage_variables.get(name)
    part, _, name = name.partition(".")
    if kind == "$request" and part == "header" and name:
        # Cookies are kept apart from the other headers.
        if (lower := name.lower()) == "cookie":
            return lambda exchange: "; ".join(exchange.request.cookies)
        return lambda exchange: exchange.request.headers.get(lower)
    if kind == "$request" and part == "querystring" and name:
        return lambda exchange: ",".join(value for key, value in exchange.request.query() if key == name)
    raise CumuloError(
        f"'{expression}' is not an identity source",
        where=f"authorizer '{definition.name}'",
        hint="use $request.header.X, $request.querystring.x, $context.x or $stageVariables.x",
    )


def _event(definition: Authorizer, exchange: Exchange, route_arn: str) -> dict[str, Any]:
    identity = exchange.identity_source
    if definition.payload_format == "2.0":
        return {**common_v2(exchange), "type": "REQUEST", "routeArn": route_arn, "identitySource": identity}
    joined = ",".join(identity) if identity else None
    mine = {"type": "REQUEST", "methodArn": route_arn, "identitySource": joined, "authorizationToken": joined}
    return {**common_v1(exchange), **mine}


def _verdict(payload: bytes, *, simple: bool) -> _Verdict:
    try:
        answer = json.loads(payload, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _MalformedAnswerError("not JSON") from error
    if not isinstance(answer, Mapping):
        raise _MalformedAnswerError("not an object")
    context = answer.get("context") or {}
    if not isinstance(context, Mapping):
        raise _MalformedAnswerError("context is not an object")
    principal = answer.get("principalId")
    return _Verdict(
        allows=_simple(answer) if simple else Policy(answer.get("policyDocument")).allows,
        principal_id=None if principal is None else str(principal),
        context=context,
    )


def _refuse(constant: str) -> None:
    """Refuse ``NaN`` and ``Infinity``, which only Python takes for JSON."""
    raise ValueError(constant)


def _simple(answer: Mapping[str, Any]) -> Callable[[str], bool]:
    authorized = answer.get("isAuthorized")
    if not isinstance(authorized, bool):
        raise _MalformedAnswerError("isAuthorized is not a Boolean")
    return lambda _: authorized
