"""Lambda proxy integrations: request to event, function, answer to response.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Any, NoReturn

from cumulo.local.http_api import errors
from cumulo.local.http_api.definition import Integration
from cumulo.local.http_api.documents import encode
from cumulo.local.http_api.event import event_v2
from cumulo.local.http_api.event_v1 import event_v1
from cumulo.local.http_api.exchange import Exchange
from cumulo.local.http_api.response import MalformedResponseError, Response, response_v1, response_v2
from cumulo.local.invoking import (
    InvocationResult,
    Invoker,
    RequestTooLargeError,
    TooManyRequestsError,
    UnknownFunctionError,
)

LOAD_FAILURES = ("Runtime.HandlerNotFound", "Runtime.ImportModuleError", "Runtime.UserCodeSyntaxError")

Integrate = Callable[[Exchange], Awaitable[Response]]
"""Gets the response for an exchange, noting in it how that went, or raises a ``GatewayError``."""

_FORMATS: Mapping[str, tuple[Callable[[Exchange], dict[str, Any]], Callable[[bytes], Response]]] = {
    "1.0": (event_v1, response_v1),
    "2.0": (event_v2, response_v2),
}


def make_integration(definition: Integration, invoker: Invoker, report: Callable[[str, Exchange], None]) -> Integrate:
    """Make a Lambda proxy integration.

    Parameters
    ----------
    definition
        The integration.
    invoker
        Calls the function.
    report
        Tells the developer of something to mend.
    """
    make_event, read_response = _FORMATS[definition.payload_format]

    async def call(exchange: Exchange) -> InvocationResult:
        payload = encode(make_event(exchange))
        started = perf_counter()
        try:
            return await invoker.invoke(definition.function, payload, definition.timeout)
        except UnknownFunctionError:
            report(f"route '{exchange.route_key}' leads to {definition.function}, which does not run here", exchange)
            _fail(exchange, 404, "The Lambda function does not exist")
        except TooManyRequestsError:
            _fail(exchange, 429, "The Lambda function was throttled")
        except RequestTooLargeError:
            exchange.integration_status = 413
            raise errors.too_large() from None
        except TimeoutError:
            exchange.integration_error = "The integration timed out"
            raise errors.unavailable(exchange.integration_error) from None
        finally:
            exchange.integration_latency = (perf_counter() - started) * 1000

    async def integrate(exchange: Exchange) -> Response:
        result = await call(exchange)
        exchange.function_request_id = result.request_id
        if result.error is not None:
            mistake = _load_failure(result.payload)
            _fail(exchange, 200, f"The Lambda function returned the following error: {result.error}", mistake)
        try:
            response = read_response(result.payload)
        except MalformedResponseError as error:
            _fail(exchange, 200, f"The response from the Lambda function contains {error}")
        exchange.integration_status = 200
        exchange.function_status = response.status
        return response

    return integrate


def _load_failure(payload: bytes) -> str | None:
    """Return why a function's code can't be loaded, if that is the error: it concerns no data of anybody's."""
    error = json.loads(payload)
    if error.get("errorType") not in LOAD_FAILURES:
        return None
    return f"{error['errorType']}: {error.get('errorMessage', '')}"


def _fail(exchange: Exchange, status: int, detail: str, mistake: str | None = None) -> NoReturn:
    """Note what Lambda answered and why that is no response, and answer with 500."""
    exchange.integration_status = status
    exchange.integration_error = detail
    raise errors.internal("INTEGRATION_FAILURE", detail, mistake)
