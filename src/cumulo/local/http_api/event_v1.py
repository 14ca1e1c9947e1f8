"""The event that a function gets: payload format 1.0, as REST APIs have it.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cumulo.local.http_api.event import encode_body
from cumulo.local.http_api.exchange import Exchange

_NO_IDENTITY = dict.fromkeys(
    (
        "accessKey",
        "accountId",
        "caller",
        "cognitoAuthenticationProvider",
        "cognitoAuthenticationType",
        "cognitoIdentityId",
        "cognitoIdentityPoolId",
        "principalOrgId",
        "user",
        "userArn",
    )
)


def event_v1(exchange: Exchange) -> dict[str, Any]:
    """Return a request as an event of format 1.0. Parts that the request does not have are ``None``."""
    event = common_v1(exchange)
    context = exchange.authorizer_context
    event["requestContext"]["authorizer"] = (
        exchange.jwt or {"claims": None, "scopes": None}
        if context is None
        else {**context, "principalId": exchange.principal_id}
    )
    event["body"], event["isBase64Encoded"] = encode_body(exchange.request)
    return event


def common_v1(exchange: Exchange) -> dict[str, Any]:
    """Return what the events of format 1.0 for functions and for authorizers have in common."""
    request = exchange.request
    headers = _multi(request.header_list())
    query = _multi(request.query())
    domain = request.domain_name
    return {
        "version": "1.0",
        "resource": exchange.resource_path,
        "path": request.path,
        "httpMethod": request.method,
        "headers": _last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _last(query) or None,
        "multiValueQueryStringParameters": query or None,
        "requestContext": {
            "accountId": exchange.account,
            "apiId": exchange.api_id,
            "domainName": domain,
            "domainPrefix": domain.partition(".")[0],
            "extendedRequestId": request.id,
            "httpMethod": request.method,
            "identity": {**_NO_IDENTITY, "sourceIp": request.source_ip, "userAgent": request.user_agent},
            "path": request.path,
            "protocol": request.protocol,
            "requestId": request.id,
            "requestTime": exchange.stamp.clf,
            "requestTimeEpoch": int(request.time * 1000),
            "resourceId": exchange.route_key,
            "resourcePath": exchange.resource_path,
            "stage": exchange.stage,
        },
        "pathParameters": exchange.path_parameters or None,
        "stageVariables": exchange.stage_variables or None,
    }


def _multi(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def _last(values: dict[str, list[str]]) -> dict[str, str]:
    return {name: listed[-1] for name, listed in values.items()}
