"""Cross-origin resource sharing, answered by the gateway.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Headers = list[tuple[bytes, bytes]]


class Cors:
    """The CORS configuration of an API, with its headers made once.

    Parameters
    ----------
    configuration
        ``CorsConfiguration`` of an ``AWS::ApiGatewayV2::Api``. ``AllowOrigins`` holds exact origins, ``*``,
        ``http://*`` or ``https://*``.

    Examples
    --------
    >>> Cors({"AllowOrigins": ["https://*"]}).response_headers("https://app.example")
    [(b'access-control-allow-origin', b'https://app.example')]
    """

    __slots__ = ("_any", "_origins", "_preflight", "_response", "_schemes")

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        origins = [str(origin) for origin in configuration.get("AllowOrigins") or ()]
        self._any = "*" in origins
        self._schemes = tuple(origin[:-1] for origin in origins if origin in ("http://*", "https://*"))
        self._origins = frozenset(origin.lower() for origin in origins)
        self._response: Headers = []
        if configuration.get("AllowCredentials") in (True, "true"):
            self._response.append((b"access-control-allow-credentials", b"true"))
        self._response += _joined(b"access-control-expose-headers", configuration.get("ExposeHeaders"))
        self._preflight: Headers = [
            *self._response,
            *_joined(b"access-control-allow-methods", configuration.get("AllowMethods")),
            *_joined(b"access-control-allow-headers", configuration.get("AllowHeaders")),
        ]
        if configuration.get("MaxAge") is not None:
            self._preflight.append((b"access-control-max-age", str(int(configuration["MaxAge"])).encode()))

    def response_headers(self, origin: str | None) -> Headers:
        """Return the headers of a response, none when the request's origin is not allowed."""
        return self._with_origin(origin, self._response)

    def preflight_headers(self, origin: str | None) -> Headers:
        """Return the headers of the answer to a preflight request."""
        return self._with_origin(origin, self._preflight)

    def _with_origin(self, origin: str | None, headers: Headers) -> Headers:
        if not origin:
            return []
        if self._any:
            return [(b"access-control-allow-origin", b"*"), *headers]
        lower = origin.lower()
        if lower in self._origins or (self._schemes and lower.startswith(self._schemes)):
            return [(b"access-control-allow-origin", origin.encode("latin-1")), *headers]
        return []


def is_preflight(headers: Mapping[str, str]) -> bool:
    """Return whether a browser asks for permission with this OPTIONS request."""
    return "origin" in headers and "access-control-request-method" in headers


def _joined(name: bytes, values: object) -> Headers:
    if not isinstance(values, list | tuple) or not values:
        return []
    return [(name, ",".join(str(value) for value in values).encode("latin-1"))]
