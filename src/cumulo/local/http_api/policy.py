"""Whether an authorizer's IAM policy lets a request through.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_INVOKE = "execute-api:invoke"


class MalformedPolicyError(Exception):
    """The authorizer's policy document is not a policy."""


@dataclass(frozen=True, slots=True)
class _Statement:
    deny: bool
    applies: Callable[[str], bool]


class Policy:
    """A policy document, compiled to answer whether a route may be invoked.

    An explicit deny wins over any allow, and what is not allowed is denied. A ``Condition`` is not evaluated: a
    statement that has one never allows, and always denies.

    Parameters
    ----------
    document
        The ``policyDocument`` of the authorizer's answer.

    Raises
    ------
    MalformedPolicyError
        When the document is not a policy.
    """

    __slots__ = ("_statements",)

    def __init__(self, document: object) -> None:
        if not isinstance(document, Mapping):
            raise MalformedPolicyError("policyDocument is not an object")
        self._statements = [statement for raw in _listed(document.get("Statement")) for statement in _statements(raw)]

    def allows(self, route_arn: str) -> bool:
        """Return whether a request may pass: ``arn:aws:execute-api:region:account:api/stage/GET/path``."""
        allowed = False
        for statement in self._statements:
            if statement.applies(route_arn):
                if statement.deny:
                    return False
                allowed = True
        return allowed


def _statements(raw: object) -> Iterator[_Statement]:
    """Yield the statement if it speaks of invoking an API, compiled."""
    if not isinstance(raw, Mapping) or raw.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicyError("a statement has no Effect of Allow or Deny")
    deny = raw["Effect"] == "Deny"
    if "Condition" in raw and not deny:
        return
    if _selected(raw, "Action", ignore_case=True)(_INVOKE):
        yield _Statement(deny, _selected(raw, "Resource", ignore_case=False))


def _selected(statement: Mapping[str, Any], element: str, *, ignore_case: bool) -> Callable[[str], bool]:
    """Compile ``Action`` or ``Resource`` (or their ``Not…`` form) into a test."""
    negated = f"Not{element}" in statement
    patterns = _listed(statement.get(f"Not{element}" if negated else element))
    if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
        raise MalformedPolicyError(f"a statement has no {element}")
    flags = re.DOTALL | re.IGNORECASE if ignore_case else re.DOTALL
    expression = re.compile("|".join(_wildcards(pattern) for pattern in patterns), flags)
    return lambda value: (expression.fullmatch(value) is not None) != negated


def _wildcards(pattern: str) -> str:
    """Translate IAM's ``*`` and ``?`` into a regular expression."""
    # Runs of stars mean one star; left as they are they would make matching quadratic and worse.
    pattern = re.sub(r"\*+", "*", pattern)
    return "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
