"""Event patterns: which messages an event source mapping lets through.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cumulo.errors import CumuloError

Pattern = Mapping[str, Any]

_ABSENT = object()
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def parse(text: str, *, where: str) -> Pattern:
    """Read a filter's pattern and make sure that all of it is understood.

    Raises
    ------
    CumuloError
        When it is not a JSON object, or uses an operator that does not exist.
    """
    try:
        pattern = json.loads(text)
    except ValueError as problem:
        raise CumuloError(f"the filter pattern is not JSON ({problem})", where=where) from None
    if not isinstance(pattern, dict):
        raise CumuloError("the filter pattern is not a JSON object", where=where)
    try:
        matches(pattern, {})
    except ValueError as problem:
        raise CumuloError(f"the filter pattern is wrong: {problem}", where=where) from None
    return pattern


def passes(record: Mapping[str, Any], patterns: Sequence[Pattern]) -> bool:
    """Tell whether a record of an SQS event passes the filters: any one of them, or none are given.

    The body is compared as JSON where the pattern wants JSON, and as text where it wants text; a body of the
    other sort does not pass.
    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html#filtering-SQS-properly

    Examples
    --------
    >>> passes({"body": '{"kind": "order"}'}, [{"body": {"kind": ["order"]}}])
    True
    """
    return not patterns or any(_passes(record, pattern) for pattern in patterns)


def matches(pattern: Pattern, data: Any) -> bool:
    """Tell whether data match a pattern: every key of it.

    Raises
    ------
    ValueError
        When the pattern itself is wrong.
    """
    # Every key is looked at, so that a mistake in one is found whatever the others say.
    results = [_key_matches(key, rule, data) for key, rule in pattern.items()]
    return all(results)


def _passes(record: Mapping[str, Any], pattern: Pattern) -> bool:
    rule = pattern.get("body")
    body: Any = record.get("body")
    if rule is not None:
        structured = _json_container(body)
        if isinstance(rule, dict):
            if structured is _ABSENT:
                return False
            body = structured
        elif structured is not _ABSENT:
            return False
    return matches(pattern, {**record, "body": body})


def _key_matches(key: str, rule: Any, data: Any) -> bool:
    if key == "$or":
        return _any_pattern(rule, data)
    value = data.get(key, _ABSENT) if isinstance(data, dict) else _ABSENT
    if isinstance(rule, dict):
        candidates = value if isinstance(value, list) else [value]
        return any([matches(rule, candidate) for candidate in candidates] or [matches(rule, _ABSENT)])
    if isinstance(rule, list) and rule:
        results = [_condition(condition, value) for condition in rule]
        return any(results)
    raise ValueError(f"{key!r} has to be a list of conditions that is not empty, or an object")


def _any_pattern(rule: Any, data: Any) -> bool:
    if not isinstance(rule, list) or not all(isinstance(pattern, dict) for pattern in rule):
        raise ValueError("'$or' has to be a list of objects")
    results = [matches(pattern, data) for pattern in rule]
    return any(results)


def _condition(condition: Any, value: Any) -> bool:
    if isinstance(condition, list):
        raise ValueError("a condition cannot be a list")
    values = value if isinstance(value, list) else [value]
    if isinstance(condition, dict):
        if len(condition) != 1:
            raise ValueError(f"{condition!r:.80} has to have one operator")
        ((name, operand),) = condition.items()
        if name == "exists":
            return _exists(operand, value)
        test = _operator(name, operand)
        return any(test(candidate) for candidate in values if candidate is not _ABSENT)
    return any(_equal(condition, candidate) for candidate in values)


def _exists(operand: Any, value: Any) -> bool:
    # Leaves only: an object in this place neither exists nor is absent.
    if not isinstance(operand, bool):
        raise ValueError("'exists' takes true or false")
    return not isinstance(value, dict) and (value is not _ABSENT) == operand


def _operator(name: str, operand: Any) -> Callable[[Any], bool]:
    if name == "numeric":
        return _numeric(operand)
    if name == "anything-but":
        return _anything_but(operand)
    return _text_operator(name, operand)


def _text_operator(name: str, operand: Any) -> Callable[[Any], bool]:
    if name not in ("prefix", "suffix", "equals-ignore-case"):
        raise ValueError(f"there is no operator {name!r:.80}")
    if isinstance(operand, dict) and list(operand) == ["equals-ignore-case"] and name != "equals-ignore-case":
        inner = _text_operator(name, str(operand["equals-ignore-case"]).lower())
        return lambda value: isinstance(value, str) and inner(value.lower())
    if not isinstance(operand, str):
        raise ValueError(f"{name!r} takes a text")
    if name == "prefix":
        return lambda value: isinstance(value, str) and value.startswith(operand)
    if name == "suffix":
        return lambda value: isinstance(value, str) and value.endswith(operand)
    return lambda value: isinstance(value, str) and value.lower() == operand.lower()


def _anything_but(operand: Any) -> Callable[[Any], bool]:
    if isinstance(operand, dict):
        if len(operand) != 1:
            raise ValueError("'anything-but' has to have one operator")
        ((name, inner),) = operand.items()
        tests = [_text_operator(name, one) for one in (inner if isinstance(inner, list) else [inner])]
        return lambda value: not any(test(value) for test in tests)
    excluded = operand if isinstance(operand, list) else [operand]
    return lambda value: not isinstance(value, dict) and not any(_equal(one, value) for one in excluded)


def _numeric(operand: Any) -> Callable[[Any], bool]:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise ValueError("'numeric' takes one or two pairs of comparison and number")
    pairs = list(zip(operand[::2], operand[1::2], strict=True))
    if any(not isinstance(sign, str) or sign not in _COMPARISONS or not _is_number(limit) for sign, limit in pairs):
        raise ValueError("'numeric' compares with =, <, <=, > or >= to numbers")
    return lambda value: _is_number(value) and all(_COMPARISONS[sign](value, limit) for sign, limit in pairs)


def _equal(condition: Any, value: Any) -> bool:
    if _is_number(condition):
        return _is_number(value) and bool(condition == value)
    return type(condition) is type(value) and bool(condition == value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _json_container(text: Any) -> Any:
    """Return the object or list that a text stands for, or ``_ABSENT``: numbers and the like are plain text."""
    try:
        data = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return _ABSENT
    return data if isinstance(data, (dict, list)) else _ABSENT
