"""Callers known by an API key that both sides keep secret."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler.exceptions import ForbiddenError, UnauthorizedError

from cumulo.runtime.http import Guard
from cumulo.runtime.linked import Secret
from cumulo.runtime.requests import headers

HEADER = "x-api-key"


def require_api_key(secret: Secret) -> Guard:
    """Return a guard that lets only callers pass who send the secret's value in ``x-api-key``.

    Parameters
    ----------
    secret
        The linked secret. It is read at the first request and kept for five minutes.

    Returns
    -------
    Guard
        For :func:`cumulo.runtime.http.handler`. It answers 401 to a caller without a key, 403 to one with another key.

    Examples
    --------
    >>> handler = http.handler(app, guards=[require_api_key(linked.secret("api-key"))])  # doctest: +SKIP
    """

    def guard(event: Mapping[str, Any]) -> None:
        given = headers(event).get(HEADER)
        if not given:
            raise UnauthorizedError(f"Send the API key in the header {HEADER}")
        # Takes equally long wherever the two differ, so that a key cannot be guessed a character at a time.
        if not hmac.compare_digest(given.encode(errors="replace"), secret.value().encode()):
            raise ForbiddenError("The API key is not valid")

    return guard
