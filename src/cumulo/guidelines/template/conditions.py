"""What is known about a template's conditions.

Nobody knows a stack's parameters, so a condition may be true or false. Yet some are constant, and some exclude each
other: what holds under ``IsProd`` is never compared with what holds under ``IsDev: !Not [!Condition IsProd]``.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cumulo.guidelines.template.values import Given, Scope

_PARAMETER = "Ref "


def assumed(scope: Scope, name: str, holds: bool) -> Given | None:
    """Return all that has to be so for a condition to have a value; ``None`` when it never has.

    Parameters
    ----------
    scope
        The template of the condition.
    name
        The condition.
    holds
        Its value.

    Examples
    --------
    >>> is_prod = {"Fn::Equals": [{"Ref": "Env"}, "prod"]}
    >>> conditions = {"IsProd": is_prod, "IsDev": {"Fn::Not": [{"Condition": "IsProd"}]}}
    >>> sorted(assumed(Scope("api", {"Conditions": conditions}), "IsDev", True))
    [('api', 'IsDev', True), ('api', 'IsProd', False)]
    """
    try:
        found = frozenset(_implied(scope, {"Condition": name}, holds, set()))
    except RecursionError:
        # Hundreds of conditions that refer to each other in a row.
        found = frozenset({(scope.stack, name, holds)})
    contradicts = len({(stack, subject) for stack, subject, _ in found}) < len(found)
    return None if contradicts else found


def choice(scope: Scope, parameter: str, value: object) -> tuple[str, str, bool | str]:
    """Return the assumption that a parameter has a value."""
    return (scope.stack, _PARAMETER + parameter, _text(value))


def chosen(scope: Scope, parameter: str, given: Given) -> str | None:
    """Return the value that a parameter is assumed to have."""
    return next((str(v) for stack, name, v in given if stack == scope.stack and name == _PARAMETER + parameter), None)


def constant(scope: Scope, name: str, given: Given = frozenset()) -> bool | None:
    """Return the value that a condition always has, under assumptions; ``None`` when nobody knows it."""
    try:
        return _truth(scope, {"Condition": name}, given, {})
    except RecursionError:
        return None


def _implied(
    scope: Scope, expression: Any, holds: bool, seen: set[tuple[str, bool]]
) -> Iterator[tuple[str, str, bool | str]]:
    name, argument = _function(expression)
    if name == "Condition" and isinstance(argument, str):
        yield scope.stack, argument, holds
        if (argument, holds) not in seen:
            seen.add((argument, holds))
            yield from _implied(scope, scope.section("Conditions").get(argument), holds, seen)
    elif not isinstance(argument, list):
        return
    elif name == "Fn::Not" and len(argument) == 1:
        yield from _implied(scope, argument[0], not holds, seen)
    elif (name, holds) in (("Fn::And", True), ("Fn::Or", False)):
        for part in argument:
            yield from _implied(scope, part, holds, seen)
    elif name == "Fn::Equals" and holds and len(argument) == 2:
        yield from _equal(scope, argument)


def _equal(scope: Scope, sides: list[Any]) -> Iterator[tuple[str, str, bool | str]]:
    for one, other in (sides, sides[::-1]):
        name, parameter = _function(one)
        if name == "Ref" and isinstance(parameter, str) and isinstance(other, str | int | float):
            yield choice(scope, parameter, other)


def _truth(scope: Scope, expression: Any, given: Given, known: dict[str, bool | None]) -> bool | None:
    name, argument = _function(expression)
    if name == "Condition" and isinstance(argument, str):
        return _named(scope, argument, given, known)
    if not isinstance(argument, list):
        return None
    if name == "Fn::Not" and len(argument) == 1:
        inner = _truth(scope, argument[0], given, known)
        return None if inner is None else not inner
    if name in ("Fn::And", "Fn::Or"):
        decisive = name == "Fn::Or"
        parts = [_truth(scope, part, given, known) for part in argument]
        if decisive in parts:
            return decisive
        return None if None in parts or not parts else not decisive
    return _equals(scope, argument, given) if name == "Fn::Equals" and len(argument) == 2 else None


def _named(scope: Scope, name: str, given: Given, known: dict[str, bool | None]) -> bool | None:
    for holds in (True, False):
        if (scope.stack, name, holds) in given:
            return holds
    if name not in known:
        # Conditions that refer to each other in a circle end here.
        known[name] = None
        known[name] = _truth(scope, scope.section("Conditions").get(name), given, known)
    return known[name]


def _equals(scope: Scope, sides: list[Any], given: Given) -> bool | None:
    one, other = (_possible(scope, side, given) for side in sides)
    if one is None or other is None:
        return None
    if not one & other:
        return False
    return True if len(one) == len(other) == 1 else None


def _possible(scope: Scope, side: Any, given: Given) -> set[str] | None:
    """Return the texts that a side may be, when there are only so many."""
    if isinstance(side, str | int | float):
        return {_text(side)}
    name, argument = _function(side)
    if name != "Ref" or not isinstance(argument, str):
        return None
    known = chosen(scope, argument, given) or scope.chosen.get(argument) or scope.pseudo.get(argument)
    if known is not None:
        return {known}
    parameter = scope.section("Parameters").get(argument)
    allowed = parameter.get("AllowedValues") if isinstance(parameter, Mapping) else None
    if isinstance(allowed, list) and allowed and all(isinstance(each, str | int | float) for each in allowed):
        return {_text(each) for each in allowed}
    return None


def _function(expression: Any) -> tuple[str | None, Any]:
    if isinstance(expression, Mapping) and len(expression) == 1:
        name, argument = next(iter(expression.items()))
        return (name, argument) if isinstance(name, str) else (None, None)
    return None, None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
