"""Authorizers: who may call a route of an HTTP API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

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
