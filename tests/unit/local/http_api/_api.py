"""An HTTP API made of resources, with functions that run in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from cumulo.local.http_api.app import http_api
from cumulo.local.http_api.message import Message
from cumulo.local.http_api.response import Response
from cumulo.local.invoking import InvocationResult, TooManyRequestsError, UnknownFunctionError
from cumulo.local.journal import Entry
from cumulo.local.world import Resource, World

ACCOUNT = "123456789012"
REGION = "eu-west-1"

Function = Callable[[dict[str, Any]], Any]


class FunctionError(Exception):
    """Raised by a function: Lambda answers with an error object."""

    def __init__(self, message: str, type_: str | None = None) -> None:
        super().__init__(message)
        self.type = type_


class ThrottledError(Exception):
    """Raised by a function whose reserved concurrency is in use."""


class Functions:
    """Runs functions in this process, and remembers the events that they got."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self.functions = dict(functions)
        self.events: list[dict[str, Any]] = []
        self.calls: list[str] = []

    async def invoke(self, function: str, payload: bytes, timeout: float | None = None) -> InvocationResult:
        async with asyncio.timeout(timeout):
            return await self._invoke(function, payload)

    async def _invoke(self, function: str, payload: bytes) -> InvocationResult:
        name = function.rpartition(":")[2]
        if name not in self.functions:
            raise UnknownFunctionError(name)
        event = json.loads(payload)
        self.events.append(event)
        self.calls.append(name)
        try:
            answer = self.functions[name](event)
            if isinstance(answer, Awaitable):
                answer = await asyncio.shield(answer)  # who stops waiting does not stop the function
        except ThrottledError as error:
            raise TooManyRequestsError from error
        except FunctionError as error:
            failure = json.dumps({"errorMessage": str(error), "errorType": error.type}).encode()
            return InvocationResult("invocation-1", failure, "Unhandled", 1.0)
        payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return InvocationResult("invocation-1", payload, None, 1.0)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, time: float = 1583953438.0) -> None:
        self.time = time

    def __call__(self) -> float:
        return self.time


class Answer:
    """A response, taken apart."""

    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.header_list = [(name.decode(), value.decode("latin-1")) for name, value in response.headers]
        self.headers = dict(self.header_list)
        self.body = response.body

    def json(self) -> Any:
        return json.loads(self.body)


class Gateway:
    """An API under test: its functions, its journal, its clock, and a way to call it."""

    def __init__(self, world: World, functions: Functions, clock: Clock, services: str = "") -> None:
        self.functions = functions
        self.clock = clock
        self.journal: list[Entry] = []
        self.app = http_api(world, "api1", invoker=functions, recorder=self.journal, now=clock, services=services)

    @property
    def event(self) -> dict[str, Any]:
        return self.functions.events[-1]

    def entries(self, kind: str) -> list[Entry]:
        return [entry for entry in self.journal if entry.kind == kind]

    async def call(
        self,
        method: str = "GET",
        target: str = "/",
        headers: Mapping[str, str] | list[tuple[str, str]] = (),
        body: bytes | list[bytes] = b"",
        *,
        host: str = "127.0.0.1:3000",
    ) -> Answer:
        path, _, query = target.partition("?")
        pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        lines = [(b"host", host.encode()), *((n.lower().encode(), v.encode("latin-1")) for n, v in pairs)]
        message = Message(method, path, query, lines, port=3000)
        for chunk in [body] if isinstance(body, bytes) else body:
            message.feed(chunk)
        message.end()
        response = await asyncio.wait_for(self.app(message), 20)
        assert response is not None
        return Answer(response)


def arn(function: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"


def resource(kind: str, id_: str, **properties: Any) -> Resource:
    if kind != "Api":
        properties.setdefault("ApiId", "api1")
    return Resource("api", id_, f"AWS::ApiGatewayV2::{kind}", id_, properties)


def authorizer(**properties: Any) -> Resource:
    """An authorizer ``guard`` that asks the function ``guard`` about the header ``authorization``."""
    defaults = {
        "Name": "guard",
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn('guard')}/invocations",
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
        "IdentitySource": ["$request.header.Authorization"],
    }
    return resource("Authorizer", "guard", **{**defaults, **properties})


def world(
    routes: Mapping[str, str],
    *,
    guarded: tuple[str, ...] = (),
    more: tuple[Resource, ...] = (),
    api: Mapping[str, Any] | None = None,
    stage: Mapping[str, Any] | None = None,
    integration: Mapping[str, Any] | None = None,
    cors: Mapping[str, Any] | None = None,
) -> World:
    """The world of an API with routes (route key → function); ``guarded`` ones ask the authorizer ``guard``."""
    properties = {"Name": "shop", "ProtocolType": "HTTP", "CorsConfiguration": cors, **(api or {})}
    resources = [
        resource("Api", "api1", **properties),
        resource("Stage", "stage", **{"StageName": "$default", "AutoDeploy": True, **(stage or {})}),
        *more,
    ]
    for function in set(routes.values()):
        defaults = {"IntegrationType": "AWS_PROXY", "IntegrationUri": arn(function), "PayloadFormatVersion": "2.0"}
        resources.append(resource("Integration", f"to-{function}", **{**defaults, **(integration or {})}))
    for key, function in routes.items():
        guard = {"AuthorizationType": "CUSTOM", "AuthorizerId": "guard"} if key in guarded else {}
        resources.append(resource("Route", f"route-{key}", RouteKey=key, Target=f"integrations/to-{function}", **guard))
    return World(ACCOUNT, REGION, tuple(resources))


def gateway(world: World, clock: Clock | None = None, **functions: Function) -> Gateway:
    return Gateway(world, Functions(functions), clock or Clock())


def echo(event: dict[str, Any]) -> dict[str, Any]:
    """A function that answers with its event."""
    return {"statusCode": 200, "body": json.dumps(event)}
