"""The ``$context`` variables of HTTP APIs, for access logs and identity sources.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from cumulo.local.http_api.exchange import Exchange

Variable = Callable[[Exchange], object]
"""Gives a variable's value for an exchange, ``None`` when it has none."""


def _milliseconds(value: float | None) -> int | None:
    return None if value is None else round(value)


_VARIABLES: Mapping[str, Variable] = {
    "accountId": lambda x: x.account,
    "apiId": lambda x: x.api_id,
    "authorizer.error": lambda x: x.authorizer_error,
    "authorizer.latency": lambda x: _milliseconds(x.authorizer_latency),
    "authorizer.principalId": lambda x: x.principal_id,
    "awsEndpointRequestId": lambda x: x.function_request_id,
    "dataProcessed": lambda x: len(x.request.body) + x.response_length,
    "domainName": lambda x: x.request.domain_name,
    "domainPrefix": lambda x: x.request.domain_name.partition(".")[0],
    "error.message": lambda x: x.error_message,
    "error.messageString": lambda x: None if x.error_message is None else json.dumps(x.error_message),
    "error.responseType": lambda x: x.error_type,
    "extendedRequestId": lambda x: x.request.id,
    "httpMethod": lambda x: x.request.method,
    "identity.sourceIp": lambda x: x.request.source_ip,
    "identity.userAgent": lambda x: x.request.user_agent,
    "integration.error": lambda x: x.integration_error,
    "integration.integrationStatus": lambda x: x.integration_status,
    "integration.latency": lambda x: _milliseconds(x.integration_latency),
    "integration.requestId": lambda x: x.function_request_id,
    "integration.status": lambda x: x.function_status,
    "integrationErrorMessage": lambda x: x.integration_error,
    "integrationLatency": lambda x: _milliseconds(x.integration_latency),
    "integrationStatus": lambda x: x.integration_status,
    "path": lambda x: x.request.path,
    "protocol": lambda x: x.request.protocol,
    "requestId": lambda x: x.request.id,
    "requestTime": lambda x: x.stamp.clf,
    "requestTimeEpoch": lambda x: int(x.request.time * 1000),
    "responseLatency": lambda x: _milliseconds(x.latency),
    "responseLength": lambda x: x.response_length,
    "routeKey": lambda x: x.route_key,
    "stage": lambda x: x.stage,
    "status": lambda x: x.status,
}


def context_variable(name: str) -> Variable:
    """Return how to find a variable, named without ``$context.``; an unknown one has no value.

    ``authorizer.x`` is the value ``x`` of the context that a Lambda authorizer returned, ``authorizer.claims.x`` the
    claim ``x`` of the token that a JWT authorizer accepted.
    """
    known = _VARIABLES.get(name)
    if known is not None:
        return known
    prefix, _, key = name.partition(".")
    if prefix == "authorizer" and key.startswith("claims."):
        claim = key.removeprefix("claims.")
        return lambda x: (x.jwt or {"claims": {}})["claims"].get(claim)
    if prefix == "authorizer" and key:
        return lambda x: (x.authorizer_context or {}).get(key)
    return lambda _: None
