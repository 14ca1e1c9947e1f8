"""One request on its way through the gateway: what is known of it so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cumulo.local.http_api.cors import Headers
from cumulo.local.http_api.request import Request
from cumulo.local.http_api.timestamps import Stamp


@dataclass(slots=True)
class Exchange:
    """A request, and what the gateway has found out about it.

    Events, identity sources and access logs are made from it.

    Parameters
    ----------
    request, stamp
        The request, and the second in which it came in.
    account, api_id
        Whose API it is.
    stage, stage_variables
        The stage, once it is known.
    route_key, resource_path, path_parameters
        The route, its path (``/pets/{id}``) and the path parameters, once they are known.
    identity_source, principal_id, authorizer_context
        The identity sources' values, and what the authorizer said of the caller; the context is ``None`` when
        there is no authorizer.
    jwt
        The claims and scopes of the token that a JWT authorizer accepted.
    authorizer_error, authorizer_latency
        Why the authorizer failed, and how long it took, in milliseconds.
    integration_latency, integration_status, function_status, function_request_id, integration_error
        How the function's invocation went: latency in milliseconds, Lambda's status and that of its answer.
    cors_headers
        What CORS adds to the response; ``None`` when the API has no CORS configuration.
    error_message, error_type
        What the gateway answered by itself.
    status, response_length, latency
        The response: status, length of the body in bytes, and milliseconds since the request came in.
    """

    request: Request
    stamp: Stamp
    account: str
    api_id: str
    stage: str | None = None
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    route_key: str | None = None
    resource_path: str | None = None
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    identity_source: list[str] | None = None
    principal_id: str | None = None
    authorizer_context: Mapping[str, Any] | None = None
    jwt: Mapping[str, Any] | None = None
    authorizer_error: str | None = None
    authorizer_latency: float | None = None
    integration_latency: float | None = None
    integration_status: int | None = None
    function_status: int | None = None
    function_request_id: str | None = None
    integration_error: str | None = None
    cors_headers: Headers | None = None
    error_message: str | None = None
    error_type: str | None = None
    status: int = 0
    response_length: int = 0
    latency: float = 0.0
