"""HttpApi: an API Gateway HTTP API with routes to functions."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import NoneType
from typing import Any, ClassVar, Final

from troposphere import Join, Ref, Sub, apigatewayv2, awslambda

from cumulo.constructs.authorizer import Authorizer, JwtAuthorizer, LambdaAuthorizer
from cumulo.constructs.function import Function
from cumulo.constructs.log_group import log_group
from cumulo.constructs.metric import Metric
from cumulo.errors import CumuloError
from cumulo.model.checks import check_duration, check_list, check_type
from cumulo.model.construct import Construct
from cumulo.model.names import check_id
from cumulo.model.references import Reference
from cumulo.model.stack import Stack
from cumulo.model.units import seconds

METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
INTEGRATION_TIMEOUT = seconds(30)
SEGMENT = re.compile(r"(?:[^{}/]+|\{[A-Za-z0-9._-]+\+?\})\Z")

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "route": "$context.routeKey",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "latencyMs": "$context.responseLatency",
    "integrationMs": "$context.integrationLatency",
    "error": "$context.error.message",
    "integrationError": "$context.integrationErrorMessage",
}


@dataclass(frozen=True)
class Throttle:
    """How much a stage takes.

    Parameters
    ----------
    burst
        Requests at once.
    rate
        Requests per second, in the long run.
    """

    burst: int
    rate: float

    def __post_init__(self) -> None:
        if self.burst < 1 or self.rate <= 0:
            raise CumuloError("a throttle is a burst of at least 1 and a rate above 0", where=repr(self))


@dataclass(frozen=True)
class Cors:
    """Which web pages may call from a browser.

    Parameters
    ----------
    origins
        Their origins: ``("https://app.example.com",)``.
    methods, headers
        What they may use; by default what is usual for JSON.
    expose
        Response headers that they may read.
    credentials
        Whether the browser may send cookies; not together with any origin.
    max_age
        How long a browser remembers the answer.

    Notes
    -----
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
    """

    origins: Sequence[str]
    methods: Sequence[str] = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    headers: Sequence[str] = ("authorization", "content-type", "x-api-key")
    expose: Sequence[str] = ()
    credentials: bool = False
    max_age: timedelta = field(default=seconds(600))

    def __post_init__(self) -> None:
        for name in ("origins", "methods", "headers", "expose"):
            check_list("Cors", name, vars(self)[name], '"…"')
        check_duration("Cors", "max_age", self.max_age)
        if self.credentials and "*" in self.origins:
            raise CumuloError(
                "credentials together with any origin: browsers refuse it",
                where=repr(self),
                hint="name the origins",
            )


class _Undecided:
    """Says that a route was given no authorizer, not even ``None``."""


UNDECIDED: Final = _Undecided()


class HttpApi(Construct):
    """An API Gateway HTTP API.

    Every route needs an authorizer: the API's own, one of its own, or ``authorizer=None`` written down.

    Parameters
    ----------
    scope, id
        The stack and the API's name in it.
    authorizer
        The authorizer of routes that name none.
    cors
        Which web pages may call; none by default.
    throttle
        How much the stage takes.
    variables
        Stage variables.
    retention
        How long access logs are kept; by default the stage's retention.

    Notes
    -----
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html

    Examples
    --------
    >>> from cumulo import App, Stage
    >>> stack = Stack(App("items", Stage("dev")), "api")
    >>> api = HttpApi(stack, "api")
    >>> api.route("GET /health", Function(stack, "health", handler="functions.health.handler"), authorizer=None)
    """

    kind: ClassVar[str] = "api"
    name_limit: ClassVar[int] = 128

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        authorizer: Authorizer | _Undecided | None = UNDECIDED,
        cors: Cors | None = None,
        throttle: Throttle = Throttle(burst=200, rate=100),
        variables: Mapping[str, str] | None = None,
        retention: timedelta | None = None,
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        self._check_authorizer(authorizer)
        check_type(self.where, "cors", cors, (Cors, NoneType), "a Cors", 'write cors=Cors(origins=["https://…"])')
        check_type(self.where, "throttle", throttle, Throttle, "a Throttle", "write Throttle(burst=200, rate=100)")
        if retention is not None:
            check_duration(self.where, "retention", retention, unit="days")
        self.default_authorizer = authorizer
        self.routes: dict[str, Function] = {}
        self.public_routes: list[str] = []
        self._integrations: dict[str, apigatewayv2.Integration] = {}
        self._authorizers: dict[str, apigatewayv2.Authorizer] = {}
        settings: dict[str, Any] = {"CorsConfiguration": _cors(cors)} if cors and cors.origins else {}
        self.api = self.add(apigatewayv2.Api(self.logical_id(), Name=self.name, ProtocolType="HTTP", **settings))
        self.access_log = self.add(
            log_group(self.logical_id("access-log"), f"/aws/http-api/{self.name}", retention or self.stage.retention)
        )
        self.gateway_stage = self.add(self._make_stage(throttle, variables))
        scope.output(self.logical_id("url"), self.url)

    @property
    def url(self) -> Reference:
        """The URL that it answers at."""
        return self.reference("ApiEndpoint")

    def route(self, key: str, function: Function, *, authorizer: Authorizer | _Undecided | None = UNDECIDED) -> None:
        """Send the requests of a route to a function.

        Parameters
        ----------
        key
            ``"GET /items/{id}"``, ``"ANY /{proxy+}"`` or ``"$default"``.
        function
            The function, of any stack; its timeout is at most API Gateway's 30 seconds.
        authorizer
            Who may call; the API's authorizer when left out, everyone when ``None`` is written.

        Raises
        ------
        CumuloError
            When the key is malformed or taken, no authorizer is named, or the function may take longer than 30 s.
        """
        check_type(self.where, "a route's target", function, Function, "a Function", "pass the Function that answers")
        self._check_authorizer(authorizer)
        method, path = self._check_route(key, function)
        chosen = self.default_authorizer if isinstance(authorizer, _Undecided) else authorizer
        if isinstance(chosen, _Undecided):
            raise self.error(
                f"the route {key!r} names no authorizer", hint="write authorizer=None if everyone may call it"
            )
        self.routes[key] = function
        access: dict[str, Any] = {"AuthorizationType": "NONE"}
        if chosen is None:
            self.public_routes.append(key)
        else:
            access = self._access(chosen)
        self.add(
            apigatewayv2.Route(
                self._route_title(method, path),
                ApiId=Ref(self.api),
                RouteKey=key,
                Target=Join("/", ["integrations", Ref(self._integration(function))]),
                **access,
            )
        )

    def count(self) -> Metric:
        """Return the number of requests."""
        return self._metric("Count")

    def errors_4xx(self) -> Metric:
        """Return the number of answers 4xx."""
        return self._metric("4xx")

    def errors_5xx(self) -> Metric:
        """Return the number of answers 5xx."""
        return self._metric("5xx")

    def latency(self, statistic: str = "p99") -> Metric:
        """Return how long answers take, in milliseconds."""
        return self._metric("Latency", statistic, "ms")

    def _make_stage(self, throttle: Throttle, variables: Mapping[str, str] | None) -> apigatewayv2.Stage:
        optional: dict[str, Any] = {"StageVariables": dict(variables)} if variables else {}
        return apigatewayv2.Stage(
            self.logical_id("stage"),
            ApiId=Ref(self.api),
            StageName="$default",
            AutoDeploy=True,
            AccessLogSettings=apigatewayv2.AccessLogSettings(
                DestinationArn=self.value(self.reference("Arn", to=self.access_log)),
                Format=json.dumps(ACCESS_LOG),
            ),
            DefaultRouteSettings=apigatewayv2.RouteSettings(
                ThrottlingBurstLimit=throttle.burst, ThrottlingRateLimit=throttle.rate
            ),
            **optional,
        )

    def _check_authorizer(self, authorizer: object) -> None:
        expected = (LambdaAuthorizer, JwtAuthorizer, _Undecided, NoneType)
        hint = "pass a LambdaAuthorizer or a JwtAuthorizer, or None if everyone may call"
        check_type(self.where, "authorizer", authorizer, expected, "an authorizer", hint)

    def _check_route(self, key: str, function: Function) -> tuple[str, str]:
        method, _, path = key.partition(" ")
        segments = path.removeprefix("/").split("/")
        greedy = [segment for segment in segments[:-1] if segment.endswith("+}")]
        well_formed = (
            method in METHODS
            and path.startswith("/")
            and (path == "/" or all(SEGMENT.match(segment) for segment in segments))
            and not greedy
        )
        if key != "$default" and not well_formed:
            raise self.error(f"{key!r} is no route", hint='write "GET /items/{id}", "ANY /{proxy+}" or "$default"')
        if key in self.routes:
            raise self.error(f"there is a route {key!r} already")
        if function.timeout > INTEGRATION_TIMEOUT:
            raise self.error(
                f"function {function.id!r} may take {function.timeout.total_seconds():g} s, but the API answers "
                f"after {INTEGRATION_TIMEOUT.total_seconds():g} s",
                hint="lower its timeout, or do the long work behind a queue",
            )
        return (method, path) if key != "$default" else ("$default", "")

    def _route_title(self, method: str, path: str) -> str:
        title = self.logical_id(_path_words(method, path), "route")
        if title not in self.resources:
            return title
        # "/items/{id}" and "/items/by-id" have the same words.
        return title + hashlib.sha256(f"{method} {path}".encode()).hexdigest()[:6]

    def _integration(self, function: Function) -> apigatewayv2.Integration:
        title = self.logical_id("to", function.id, "integration")
        if title in self._integrations:
            return self._integrations[title]
        arn = self.value(function.arn)
        self._permit(self.logical_id("to", function.id, "permission"), arn, "/*/*")
        integration = self.add(
            apigatewayv2.Integration(
                title,
                ApiId=Ref(self.api),
                IntegrationType="AWS_PROXY",
                IntegrationUri=arn,
                PayloadFormatVersion="2.0",
                TimeoutInMillis=round(INTEGRATION_TIMEOUT.total_seconds() * 1000),
            )
        )
        self._integrations[title] = integration
        return integration

    def _access(self, authorizer: Authorizer) -> dict[str, Any]:
        """Return what a route says of who may call it."""
        title = self.logical_id(check_id("authorizer", authorizer.name), "authorizer")
        if title not in self._authorizers:
            self._add_authorizer(title, authorizer)
        scopes = {"AuthorizationScopes": list(authorizer.scopes)} if authorizer.scopes else {}
        access = {"AuthorizationType": authorizer.authorization, "AuthorizerId": Ref(self._authorizers[title])}
        return {**access, **scopes}

    def _add_authorizer(self, title: str, authorizer: Authorizer) -> None:
        settings = authorizer.properties(self.value)
        resource = apigatewayv2.Authorizer(title, Name=authorizer.name, ApiId=Ref(self.api), **settings)
        self._authorizers[title] = self.add(resource)
        if isinstance(authorizer, LambdaAuthorizer) and isinstance(authorizer.function, Function):
            arn = self.value(authorizer.arn)
            self._permit(self.logical_id(authorizer.name, "authorizer-permission"), arn, f"/authorizers/${{{title}}}")

    def _permit(self, title: str, function: Any, source: str) -> None:
        self.add(
            awslambda.Permission(
                title,
                Action="lambda:InvokeFunction",
                FunctionName=function,
                Principal="apigateway.amazonaws.com",
                SourceArn=Sub(
                    f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{self.api.title}}}{source}"
                ),
            )
        )

    def _metric(self, name: str, statistic: str = "Sum", unit: str = "count") -> Metric:
        return Metric("AWS/ApiGateway", name, {"ApiId": self.reference()}, statistic, unit)


def _cors(cors: Cors) -> apigatewayv2.Cors:
    optional: dict[str, Any] = {"ExposeHeaders": list(cors.expose)} if cors.expose else {}
    if cors.credentials:
        optional["AllowCredentials"] = True
    return apigatewayv2.Cors(
        AllowOrigins=list(cors.origins),
        AllowMethods=list(cors.methods),
        AllowHeaders=list(cors.headers),
        MaxAge=round(cors.max_age.total_seconds()),
        **optional,
    )


def _path_words(method: str, path: str) -> str:
    """Return a route's words, for its logical id.

    Examples
    --------
    >>> _path_words("GET", "/items/{id}"), _path_words("ANY", "/{proxy+}")
    ('get-items-by-id', 'any-all-proxy')
    """
    named = re.sub(r"\{([^{}+]+)\+\}", r"all-\1", path)
    named = re.sub(r"\{([^{}]+)\}", r"by-\1", named)
    return "-".join([method.lower(), *re.findall(r"[A-Za-z0-9]+", named)])
