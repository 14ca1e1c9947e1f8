"""The HTTP API itself: it does with a request what API Gateway does."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter

from cumulo.local.http_api import errors
from cumulo.local.http_api.authorizer import Authorize, Services, make_authorizer
from cumulo.local.http_api.cors import is_preflight
from cumulo.local.http_api.definition import Api, Route, Stage, read_api
from cumulo.local.http_api.errors import ClientDisconnectedError, GatewayError
from cumulo.local.http_api.exchange import Exchange
from cumulo.local.http_api.hosts import is_loopback
from cumulo.local.http_api.integration import Integrate, make_integration
from cumulo.local.http_api.message import Message
from cumulo.local.http_api.records import Records
from cumulo.local.http_api.request import read_body, read_request
from cumulo.local.http_api.response import Response, json_response
from cumulo.local.http_api.routes import RouteTable
from cumulo.local.http_api.throttle import TokenBucket
from cumulo.local.http_api.timestamps import Stamps
from cumulo.local.invoking import Invoker
from cumulo.local.journal import Recorder
from cumulo.local.world import World

_COGNITO = re.compile(r"https://cognito-idp\.[a-z0-9-]+\.amazonaws\.com")


def http_api(
    world: World,
    api_id: str,
    *,
    invoker: Invoker,
    recorder: Recorder,
    now: Callable[[], float] = time.time,
    services: str = "",
) -> HttpApi:
    """Build a local HTTP API.

    Parameters
    ----------
    world
        The resources, among them the API's.
    api_id
        Physical id of the ``AWS::ApiGatewayV2::Api``.
    invoker
        Runs the functions.
    recorder
        Takes an entry for each request, and its access log line.
    now
        The clock, in seconds since the epoch.
    services
        Where the data services are, which answer for the user pools of the world as issuers of tokens.

    Returns
    -------
    HttpApi
        An app, for :func:`cumulo.local.http_api.serving.serve`.

    Raises
    ------
    CumuloError
        When the API cannot run locally.

    Examples
    --------
    >>> app = http_api(world, "a1b2c3", invoker=functions, recorder=journal)  # doctest: +SKIP
    >>> server = await serve(app, 3000)  # doctest: +SKIP
    """
    api = read_api(world, api_id)

    records = Records(api, recorder)
    having = Services(
        invoker=invoker,
        region=api.region,
        now=now,
        report=records.problem,
        issuer_address=_addresses(world, services),
    )
    # Routes share an authorizer, and with it what it remembers.
    declared = {route.authorizer for route in api.routes if route.authorizer is not None}
    authorizers = {definition: make_authorizer(definition, having) for definition in declared}
    routes = {
        route.key: _BoundRoute(
            key=route.key,
            resource_path=route.key.partition(" ")[2] or route.key,
            authorize=None if route.authorizer is None else authorizers[route.authorizer],
            integrate=make_integration(route.integration, invoker, records.problem),
        )
        for route in api.routes
    }
    stages = {stage.name: _bind_stage(stage, api.routes) for stage in api.stages}
    return HttpApi(api, routes, stages, records, now)


def _addresses(world: World, services: str) -> Callable[[str], str]:
    """Return how to find where an issuer is asked: a user pool of this world is here, not at AWS."""
    pools = {pool.physical_id for pool in world.of_type("AWS::Cognito::UserPool")} if services else set()

    def address(issuer: str) -> str:
        at, _, pool = issuer.rpartition("/")
        return f"{services}/{pool}" if pool in pools and _COGNITO.fullmatch(at) else issuer

    return address


@dataclass(frozen=True, slots=True)
class _BoundRoute:
    key: str
    resource_path: str
    authorize: Authorize | None
    integrate: Integrate


@dataclass(frozen=True, slots=True)
class _BoundStage:
    name: str
    variables: Mapping[str, str]
    buckets: Mapping[str, TokenBucket]


def _bind_stage(stage: Stage, routes: tuple[Route, ...]) -> _BoundStage:
    buckets = {}
    for route in routes:
        limit = stage.limits.get(route.key) or stage.limits.get(None)
        if limit is not None:
            buckets[route.key] = TokenBucket(limit)
    return _BoundStage(stage.name, stage.variables, buckets)


class HttpApi:
    """An HTTP API; made by :func:`http_api`."""

    def __init__(
        self,
        api: Api,
        routes: Mapping[str, _BoundRoute],
        stages: Mapping[str, _BoundStage],
        records: Records,
        now: Callable[[], float],
    ) -> None:
        self._api = api
        self._cors = api.cors
        self._routes = routes
        self._table = RouteTable(routes)
        self._default_stage = stages.get("$default")
        self._named_stages = {name: stage for name, stage in stages.items() if name != "$default"}
        self._records = records
        self._now = now
        self._stamps = Stamps()

    async def __call__(self, message: Message) -> Response | None:
        """Answer one request; ``None`` when its client left before it was complete."""
        started = perf_counter()
        time_ = self._now()
        exchange = Exchange(
            request=read_request(message, time_),
            stamp=self._stamps.at(time_),
            account=self._api.account,
            api_id=self._api.id,
        )
        if self._cors is not None:
            exchange.cors_headers = self._cors.response_headers(exchange.request.headers.get("origin"))
        try:
            response = await self._answer(exchange, message)
        except ClientDisconnectedError:
            return None
        except GatewayError as error:
            response = _refusal(exchange, error)
        except Exception:  # A mistake of ours: the developer must see it, the client must not.
            self._records.problem(traceback.format_exc(), exchange)
            response = _refusal(exchange, errors.internal("DEFAULT_5XX", "The gateway failed"))
        exchange.status = response.status
        exchange.response_length = len(response.body)
        exchange.latency = (perf_counter() - started) * 1000
        # Before the response is sent, so that whoever has it finds its entries in the journal.
        self._records.request(exchange)
        return _finished(exchange, response)

    async def _answer(self, exchange: Exchange, message: Message) -> Response:
        request = exchange.request
        if not is_loopback(request.domain_name):
            raise errors.forbidden()
        request.check()
        stage, path = self._select_stage(request.raw_path)
        exchange.stage = stage.name
        exchange.stage_variables = stage.variables
        match = self._table.match(request.method, path)
        preflight = self._preflight(exchange, matched=match is not None)
        if match is None:
            if preflight is None:
                raise errors.not_found()
            return preflight
        route = self._routes[match.key]
        exchange.route_key = match.key
        exchange.resource_path = route.resource_path
        exchange.path_parameters = match.parameters
        bucket = stage.buckets.get(match.key)
        if bucket is not None and not bucket.take(self._now()):
            raise errors.too_many_requests()
        await read_body(request, message)
        if route.authorize is not None:
            await route.authorize(exchange)
        return preflight or await route.integrate(exchange)

    def _select_stage(self, path: str) -> tuple[_BoundStage, str]:
        """Return the stage, which the path's first part may name, and the path within it."""
        if self._named_stages:
            first, _, rest = path[1:].partition("/")
            if first in self._named_stages:
                return self._named_stages[first], f"/{rest}"
        if self._default_stage is None:
            raise errors.not_found()
        return self._default_stage, path

    def _preflight(self, exchange: Exchange, *, matched: bool) -> Response | None:
        """Return the gateway's own answer to OPTIONS, if CORS is configured.

        A route that takes OPTIONS too (``ANY``, ``$default``) does not get a preflight request, but its
        authorizer does.
        """
        request = exchange.request
        if self._cors is None or request.method != "OPTIONS":
            return None
        if matched and not is_preflight(request.headers):
            return None
        exchange.cors_headers = self._cors.preflight_headers(request.headers.get("origin"))
        return Response(204, [], b"")


def _refusal(exchange: Exchange, error: GatewayError) -> Response:
    exchange.error_message = error.message
    exchange.error_type = error.type
    response = json_response(error.status, error.message, error.mistake)
    if error.challenge is not None:
        response.headers.append((b"www-authenticate", error.challenge.encode("latin-1", "replace")))
    return response


def _finished(exchange: Exchange, response: Response) -> Response:
    """Add the headers that every answer has."""
    headers = response.headers
    if exchange.cors_headers is not None:
        headers = [header for header in headers if not header[0].startswith(b"access-control-")]
        headers += exchange.cors_headers
    headers = [*headers, (b"date", exchange.stamp.http), (b"apigw-requestid", exchange.request.id.encode())]
    return Response(response.status, headers, response.body)
