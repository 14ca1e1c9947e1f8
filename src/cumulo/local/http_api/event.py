"""The event that a function gets: payload format 2.0.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from cumulo.local.http_api.exchange import Exchange
from cumulo.local.http_api.request import Request

# The docs do not list the types that count as text; this is what API Gateway was seen to do.
_TEXT_TYPES = frozenset({"application/json", "application/xml", "application/javascript"})


def event_v2(exchange: Exchange) -> dict[str, Any]:
    """Return a request as an event of format 2.0.

    Parts that the request does not have (cookies, query string, body, …) are left out, as API Gateway does.
    """
    request = exchange.request
    event = common_v2(exchange)
    if exchange.authorizer_context is not None:
        event["requestContext"]["authorizer"] = {"lambda": exchange.authorizer_context}
    elif exchange.jwt is not None:
        event["requestContext"]["authorizer"] = {"jwt": exchange.jwt}
    body, encoded = encode_body(request)
    if body is not None:
        event["body"] = body
    event["isBase64Encoded"] = encoded
    return event


def common_v2(exchange: Exchange) -> dict[str, Any]:
    """Return what the events of format 2.0 for functions and for authorizers have in common."""
    request = exchange.request
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": exchange.route_key,
        "rawPath": request.path,
        "rawQueryString": request.query_string,
    }
    if request.cookies:
        event["cookies"] = request.cookies
    event["headers"] = request.headers
    if request.query_string:
        joined: dict[str, str] = {}
        for name, value in request.query():
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        event["queryStringParameters"] = joined
    domain = request.domain_name
    event["requestContext"] = {
        "accountId": exchange.account,
        "apiId": exchange.api_id,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": request.user_agent,
        },
        "requestId": request.id,
        "routeKey": exchange.route_key,
        "stage": exchange.stage,
        "time": exchange.stamp.clf,
        "timeEpoch": int(request.time * 1000),
    }
    if exchange.path_parameters:
        event["pathParameters"] = exchange.path_parameters
    if exchange.stage_variables:
        event["stageVariables"] = exchange.stage_variables
    return event


def encode_body(request: Request) -> tuple[str | None, bool]:
    """Return the body as an event carries it, and whether it is base64: text types as text, all else as base64."""
    if not request.body:
        return None, False
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type in _TEXT_TYPES or content_type.startswith("text/"):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass  # It calls itself text and is not (compressed, another charset): base64 loses nothing.
    return b64encode(request.body).decode(), True
