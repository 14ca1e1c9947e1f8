"""The requests that the gateway answers itself, in API Gateway's words."""

from __future__ import annotations


class GatewayError(Exception):
    """A request that gets an answer of the gateway instead of the function's.

    Parameters
    ----------
    status
        The HTTP status.
    message
        What the client reads: ``{"message": message}``.
    type
        The response type, as ``$context.error.responseType`` gives it.
    detail
        What happened, for the access log and the journal only.
    mistake
        A mistake in the developer's code that the client reads too, as it is the developer who asks here.
    challenge
        What ``www-authenticate`` says to the client.
    """

    def __init__(
        self,
        status: int,
        message: str,
        type: str,  # noqa: A002
        detail: str | None = None,
        mistake: str | None = None,
        challenge: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type
        self.detail = detail
        self.mistake = mistake
        self.challenge = challenge


class ClientDisconnectedError(Exception):
    """The client left before its request was complete."""


def bad_request(detail: str) -> GatewayError:
    """Return the answer to a request that cannot be read."""
    return GatewayError(400, "Bad Request", "DEFAULT_4XX", detail)


def unauthorized(challenge: str | None = None) -> GatewayError:
    """Return the answer to a request without the authorizer's identity sources, or with a token that is not valid."""
    return GatewayError(401, "Unauthorized", "UNAUTHORIZED", challenge=challenge)


def forbidden(challenge: str | None = None) -> GatewayError:
    """Return the answer to a request that an authorizer denied."""
    return GatewayError(403, "Forbidden", "ACCESS_DENIED", challenge=challenge)


def not_found() -> GatewayError:
    """Return the answer to a request that no stage or no route matches."""
    return GatewayError(404, "Not Found", "NOT_FOUND")


def too_large() -> GatewayError:
    """Return the answer to a request body above the quota."""
    return GatewayError(413, "Request Entity Too Large", "REQUEST_TOO_LARGE")


def too_many_requests() -> GatewayError:
    """Return the answer to a throttled request."""
    return GatewayError(429, "Too Many Requests", "THROTTLED")


def internal(type_: str, detail: str, mistake: str | None = None) -> GatewayError:
    """Return the answer when the function, the authorizer or the gateway itself failed."""
    return GatewayError(500, "Internal Server Error", type_, detail, mistake)


def unavailable(detail: str) -> GatewayError:
    """Return the answer when the integration takes longer than its timeout."""
    return GatewayError(503, "Service Unavailable", "INTEGRATION_TIMEOUT", detail)
