"""The triggers of user pools: the emulator's Cognito asks for them, and the function host runs them.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from cumulo.local.invoking import (
    InvocationResult,
    Invoker,
    RequestTooLargeError,
    TooManyRequestsError,
    UnknownFunctionError,
)
from cumulo.local.world import Resource, World

TIMEOUT = 5.0
"""How long a trigger may take, in seconds: Cognito's, which cannot be changed."""

ATTEMPTS = 3
"""How often a trigger that does not answer in time is called."""

_PRINCIPAL = "cognito-idp.amazonaws.com"


class PoolTriggers:
    """Runs the functions that user pools call.

    Parameters
    ----------
    invoker
        Calls functions.
    timeout
        How long a function may take, in seconds.

    Examples
    --------
    >>> triggers = PoolTriggers(host)  # doctest: +SKIP
    >>> triggers.update(world)  # doctest: +SKIP
    """

    def __init__(self, invoker: Invoker, timeout: float = TIMEOUT) -> None:
        self._invoker = invoker
        self._timeout = timeout
        self._permissions: tuple[Resource, ...] = ()

    def update(self, world: World) -> None:
        """Hold the pools to the permissions of another world."""
        self._permissions = tuple(world.of_type("AWS::Lambda::Permission"))

    async def answer(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Invoke a function for a pool.

        Parameters
        ----------
        request
            ``function`` and ``source``, the ARNs of the function and the pool, and the ``event``.

        Returns
        -------
        Mapping
            What the function answered as ``payload``; its error as ``failure``; or ``refusal``: why it was not called.
        """
        function = str(request["function"])
        if not any(_permits(permission, function, str(request["source"])) for permission in self._permissions):
            return {"refusal": "AccessDeniedException"}
        try:
            result = await self._invoke(function, json.dumps(request["event"]).encode())
        except TimeoutError:
            return {"failure": "Socket timeout while invoking Lambda function"}
        except UnknownFunctionError:
            return {"refusal": "ResourceNotFoundException"}
        except TooManyRequestsError:
            return {"refusal": "TooManyRequestsException"}
        except RequestTooLargeError:
            return {"refusal": "RequestTooLargeException"}
        try:
            payload = json.loads(result.payload)
        except ValueError:
            payload = None
        if result.error is None:
            return {"payload": payload}
        return {"failure": str(payload.get("errorMessage")) if isinstance(payload, dict) else result.error}

    async def _invoke(self, function: str, payload: bytes) -> InvocationResult:
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._invoker.invoke(function, payload, self._timeout)
            except TimeoutError:
                continue
        return await self._invoker.invoke(function, payload, self._timeout)


def _permits(permission: Resource, function: str, source: str) -> bool:
    """Tell whether a permission lets a pool invoke a function, as the function's resource policy would."""
    properties = permission.properties
    named = str(properties.get("FunctionName", ""))
    return (
        properties.get("Principal") == _PRINCIPAL
        and properties.get("Action") in ("lambda:InvokeFunction", "lambda:*")
        and (named == function or function.endswith(f":function:{named}"))
        and fnmatchcase(source, str(properties.get("SourceArn", "*")))
    )
