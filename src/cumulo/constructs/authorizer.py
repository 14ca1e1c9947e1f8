"""Authorizers: who may call a route of an HTTP API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from troposphere import Join, Sub, apigatewayv2

from cumulo.constructs.function import Function
from cumulo.errors import CumuloError
from cumulo.model.checks import check_duration, check_list, check_type
from cumulo.model.links import Value
from cumulo.model.units import minutes, seconds

LONGEST_TTL = seconds(3600)


@dataclass(frozen=True)
class LambdaAuthorizer:
    """A function that decides, from parts of the request, who may call.

    Parameters
    ----------
    name
        Its name in the API, kebab case.
    function
        The function that decides; or its ARN, for "bring your own authorizer".
    identity_sources
        The parts of the request that say who is calling; without them API Gateway answers 401 by itself.
    ttl
        How long an answer is used again for the same identity, at most an hour; 0 for never.
    simple
        Whether it answers ``{"isAuthorized": …, "context": …}`` rather than an IAM policy.

    Notes
    -----
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html

    Examples
    --------
    >>> LambdaAuthorizer("own", "arn:aws:lambda:eu-central-1:123456789012:function:who").simple
    True
    """

    authorization: ClassVar[str] = "CUSTOM"
    scopes: ClassVar[Sequence[str]] = ()

    name: str
    function: Function | str
    identity_sources: Sequence[str] = ("$request.header.Authorization",)
    ttl: timedelta = field(default=minutes(5))
    simple: bool = True

    def __post_init__(self) -> None:
        where = f"authorizer {self.name!r}"
        check_type(where, "function", self.function, (Function, str), "a Function or an ARN", "pass the Function")
        check_list(where, "identity_sources", self.identity_sources, '"$request.header.Authorization"')
        check_duration(where, "ttl", self.ttl)
        if isinstance(self.function, str) and not self.function.startswith("arn:"):
            raise CumuloError(
                f"{self.function!r} is no ARN",
                where=where,
                hint='write "arn:aws:lambda:…:function:…" or pass a Function',
            )
        if not seconds(0) <= self.ttl <= LONGEST_TTL:
            raise CumuloError("an answer can be used again for 0 to 3600 seconds", where=where)

    @property
    def arn(self) -> Value:
        """The ARN of the function that decides."""
        return self.function if isinstance(self.function, str) else self.function.arn

    def properties(self, value: Callable[[Any], Any]) -> dict[str, Any]:
        """Return the authorizer's properties in a template; ``value`` turns references into what it says for them."""
        path = Sub("arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/")
        return {
            "AuthorizerType": "REQUEST",
            "AuthorizerPayloadFormatVersion": "2.0",
            "AuthorizerUri": Join("", [path, value(self.arn), "/invocations"]),
            "AuthorizerResultTtlInSeconds": round(self.ttl.total_seconds()),
            "EnableSimpleResponses": self.simple,
            "IdentitySource": list(self.identity_sources),
        }


@dataclass(frozen=True)
class JwtAuthorizer:
    """Tokens of an issuer decide who may call: :meth:`~cumulo.constructs.user_pool.UserPool.authorizer` makes one.

    Parameters
    ----------
    name
        Its name in the API, kebab case.
    issuer
        The issuer, as tokens name it in ``iss``: an https URL.
    audience
        For whom tokens have to be, in ``aud`` or ``client_id``: one of these.
    scopes
        Scopes of which a token needs one; without any, every token of the issuer for the audience passes.
    identity_source
        The part of the request that has the token, with or without ``Bearer`` before it.

    Notes
    -----
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html

    Examples
    --------
    >>> JwtAuthorizer("login", issuer="https://login.example.com/", audience=["https://api.example.com"]).scopes
    ()
    """

    authorization: ClassVar[str] = "JWT"

    name: str
    issuer: Value
    audience: Sequence[Value]
    scopes: Sequence[str] = ()
    identity_source: str = "$request.header.Authorization"

    def __post_init__(self) -> None:
        where = f"authorizer {self.name!r}"
        check_list(where, "audience", self.audience, '"https://api.example.com"')
        check_list(where, "scopes", self.scopes, '"items/read"')
        if isinstance(self.issuer, str) and not self.issuer.startswith("https://"):
            raise CumuloError(f"{self.issuer!r} is no issuer", where=where, hint='write issuer="https://…"')
        if not self.audience:
            raise CumuloError(
                "without an audience any token of the issuer would pass",
                where=where,
                hint="pass an app client: pool.authorizer(client)",
            )

    def properties(self, value: Callable[[Any], Any]) -> dict[str, Any]:
        """Return the authorizer's properties in a template; ``value`` turns references into what it says for them."""
        return {
            "AuthorizerType": "JWT",
            "IdentitySource": [self.identity_source],
            "JwtConfiguration": apigatewayv2.JWTConfiguration(
                Issuer=value(self.issuer), Audience=value(list(self.audience))
            ),
        }


Authorizer = LambdaAuthorizer | JwtAuthorizer
"""What a route can be guarded by."""
