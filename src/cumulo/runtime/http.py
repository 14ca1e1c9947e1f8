"""Functions behind an HTTP API: Powertools' router, with one error shape, request ids and limits.

Examples
--------
>>> from cumulo.runtime import http
>>> app = http.resolver()
>>> @app.get("/things/<id>")
... def thing(id: str) -> dict[str, str]:
...     return {"id": id}
>>> handler = http.handler(app)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from cumulo.runtime.problems import Problem, problem
from cumulo.runtime.requests import Ids, check_body, ids, read_json

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]
Guard = Callable[[Event], None]

LONGEST_BODY = 256 * 1024

logger = Logger(serialize_stacktrace=False)  # the trace is in "exception" already


def resolver() -> APIGatewayHttpResolver:
    """Return a Powertools router with validation, whose errors all have the shape of :mod:`cumulo.runtime.problems`.

    Returns
    -------
    APIGatewayHttpResolver
        Add routes with ``@app.get(…)`` or ``app.include_router(…)``, and make it a handler with :func:`handler`.

    Notes
    -----
    https://docs.aws.amazon.com/powertools/python/latest/core/event_handler/api_gateway/
    """
    app = APIGatewayHttpResolver(
        enable_validation=True,
        response_validation_error_http_code=HTTPStatus.INTERNAL_SERVER_ERROR,
        json_body_deserializer=read_json,
        debug=False,
    )

    def answer(error: Exception) -> Response[dict[str, Any]]:
        told = _told(error)
        request = ids(app.current_event.raw_event, app.lambda_context.aws_request_id).request
        return Response(int(told.status), body=told.body(request), headers=told.headers())

    app.exception_handler(Exception)(answer)
    return app


def handler(
    app: APIGatewayHttpResolver, *, guards: Sequence[Guard] = (), longest_body: int = LONGEST_BODY
) -> Callable[[Event, LambdaContext], dict[str, Any]]:
    """Return the Lambda handler of a router.

    Every log line of Powertools' ``Logger`` carries ``request_id``, ``correlation_id`` and ``function_request_id``, and
    every response the headers ``x-request-id`` and ``x-correlation-id``.

    Parameters
    ----------
    app
        The router: :func:`resolver`.
    guards
        Called in order with the event before anything in it is validated; they refuse a request by raising
        Powertools' ``UnauthorizedError`` or ``ForbiddenError``.
    longest_body
        Most bytes that a request's body may have, 256 kB by default; 413 otherwise. API Gateway
        itself stops at 10 MB.
    """

    def handle(event: Event, context: LambdaContext) -> dict[str, Any]:
        found = ids(event, context.aws_request_id)
        with logger.append_context_keys(
            request_id=found.request,
            correlation_id=found.correlation,
            function_request_id=context.aws_request_id,
        ):
            response = _respond(app, event, context, found, guards, longest_body)
        if response.get("body") is None:  # of an answer without content
            response.pop("body", None)
        response["headers"] = {
            **response.get("headers", {}),
            "x-request-id": found.request,
            "x-correlation-id": found.correlation,
        }
        return response

    return handle


def _respond(
    app: APIGatewayHttpResolver,
    event: Event,
    context: LambdaContext,
    found: Ids,
    guards: Sequence[Guard],
    longest_body: int,
) -> dict[str, Any]:
    try:
        check_body(event, longest_body)
        for guard in guards:
            guard(event)
        return app.resolve(event, context)
    except Exception as error:  # the last line of defence: a caller gets the shape, whatever happened
        return _response(_told(error), found)


def _told(error: Exception) -> Problem:
    """Return what the caller is told; the log says what happened."""
    told = problem(error)
    if told.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("request failed", exc_info=error)
    else:
        logger.info("request refused", extra={"status": int(told.status), "reason": told.error})
    return told


def _response(told: Problem, found: Ids) -> dict[str, Any]:
    body: Mapping[str, Any] = told.body(found.request)
    return {
        "statusCode": int(told.status),
        "headers": told.headers(),
        "body": json.dumps(body, separators=(",", ":")),
        "isBase64Encoded": False,
    }
