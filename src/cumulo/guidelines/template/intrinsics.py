"""CloudFormation's intrinsic functions, one small function each.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from cumulo.guidelines.template.values import ABSENT, UNKNOWN, Given, Reference, Special, Text, Value

MAX_CASES = 64
"""More values than this for one expression are as good as unknown."""

_MAX_IMPORTS = 10
_SUB_VARIABLE = re.compile(r"\$\{(!?)([^{}]*)\}")
_LIST_TYPES = ("CommaDelimitedList", "List<")


def expand(value: Value, imports: int = 0) -> tuple[Value, ...]:
    """Resolve an expression as far as possible.

    Parameters
    ----------
    value
        An expression as it stands in a template.
    imports
        How many ``Fn::ImportValue`` led here: stacks that import from each other in a circle end.

    Returns
    -------
    tuple
        All the values it may have: more than one behind ``Fn::If``.
    """
    name, argument = _intrinsic(value.plain)
    if name is None:
        return (value,)
    resolver = _RESOLVERS.get(name)
    if resolver is None:
        return (replace(value, plain=UNKNOWN),)
    found: list[Value] = []
    for case in resolver(replace(value, plain=argument), imports):
        found.append(case)
        if len(found) > MAX_CASES:
            return (replace(value, plain=UNKNOWN),)
    return tuple(found)


def _intrinsic(plain: Any) -> tuple[str | None, Any]:
    if isinstance(plain, Mapping) and len(plain) == 1:
        name, argument = next(iter(plain.items()))
        if name == "Ref" or (isinstance(name, str) and name.startswith("Fn::")):
            return name, argument
    return None, None


def _ref(value: Value, imports: int) -> Iterator[Value]:  # noqa: ARG001
    yield replace(value, plain=_referred(value, value.plain))


def _referred(value: Value, name: Any) -> Any:
    scope = value.scope
    if name == "AWS::NoValue":
        return ABSENT
    if not isinstance(name, str):
        return UNKNOWN
    if name in scope.section("Resources"):
        return Reference(scope.stack, name)
    parameter = scope.section("Parameters").get(name)
    if isinstance(parameter, Mapping):
        return _default(parameter)
    return scope.pseudo.get(name, UNKNOWN)


def _default(parameter: Mapping[str, Any]) -> Any:
    kind, default = str(parameter.get("Type")), parameter.get("Default")
    if default is None or kind.startswith("AWS::SSM::"):
        return UNKNOWN
    if kind.startswith(_LIST_TYPES):
        return [part.strip() for part in str(default).split(",")]
    return default


def _get_att(value: Value, imports: int) -> Iterator[Value]:  # noqa: ARG001
    yield replace(value, plain=_attribute(value, value.plain))


def _attribute(value: Value, argument: Any) -> Reference | Special:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(parts) < 2 or not all(isinstance(part, str) for part in parts):
        return UNKNOWN
    if parts[0] not in value.scope.section("Resources"):
        return UNKNOWN
    return Reference(value.scope.stack, parts[0], ".".join(parts[1:]))


def _if(value: Value, imports: int) -> Iterator[Value]:
    if not isinstance(value.plain, list) or len(value.plain) != 3 or not isinstance(value.plain[0], str):
        yield replace(value, plain=UNKNOWN)
        return
    name, *branches = value.plain
    for holds, branch in zip((True, False), branches, strict=True):
        if (value.scope.stack, name, not holds) in value.given:
            continue
        given = value.given | {(value.scope.stack, name, holds)}
        yield from expand(replace(value, plain=branch, given=given), imports)


def _sub(value: Value, imports: int) -> Iterator[Value]:
    template, variables = value.plain, {}
    if isinstance(template, list) and len(template) == 2 and isinstance(template[1], Mapping):
        template, variables = template
    if not isinstance(template, str):
        yield replace(value, plain=UNKNOWN)
        return
    parts: list[tuple[Value, ...]] = []
    end = 0
    for match in _SUB_VARIABLE.finditer(template):
        parts.append((replace(value, plain=template[end : match.start()]),))
        literal, name = match.groups()
        parts.append(
            (replace(value, plain=f"${{{name}}}"),) if literal else _variable(value, name.strip(), variables, imports)
        )
        end = match.end()
    parts.append((replace(value, plain=template[end:]),))
    yield from _concatenations(value, parts)


def _variable(value: Value, name: str, variables: Mapping[str, Any], imports: int) -> tuple[Value, ...]:
    if name in variables:
        return expand(replace(value, plain=variables[name]), imports)
    if "." in name:
        return (replace(value, plain=_attribute(value, name)),)
    return (replace(value, plain=_referred(value, name)),)


def _join(value: Value, imports: int) -> Iterator[Value]:
    if not isinstance(value.plain, list) or len(value.plain) != 2 or not isinstance(value.plain[0], str):
        yield replace(value, plain=UNKNOWN)
        return
    delimiter, listed = value.plain
    for case in expand(replace(value, plain=listed), imports):
        if not isinstance(case.plain, list):
            yield replace(case, plain=UNKNOWN)
            continue
        parts: list[tuple[Value, ...]] = []
        for index, element in enumerate(case.plain):
            if index and delimiter:
                parts.append((replace(case, plain=delimiter),))
            parts.append(expand(replace(case, plain=element), imports))
        yield from _concatenations(case, parts)


def _concatenations(value: Value, parts: Iterable[tuple[Value, ...]]) -> Iterator[Value]:
    """Put texts together, once for each combination of their values that can hold at the same time."""
    for given, combination in _combinations(value.given, parts):
        yield replace(value, plain=_concatenated(combination), given=given)


def _combinations(given: Given, parts: Iterable[tuple[Value, ...]]) -> Iterable[tuple[Given, tuple[Value, ...]]]:
    """Combine values that can hold at the same time; cut off where there are too many to be of use."""
    combined: list[tuple[Given, tuple[Value, ...]]] = [(given, ())]
    for cases in parts:
        longer = ((known, (*before, case)) for known, before in combined for case in cases)
        consistent = ((known | case[-1].given, case) for known, case in longer if _possible(known, case[-1]))
        combined = list(islice(consistent, MAX_CASES + 1))
    return combined


def _possible(given: Given, value: Value) -> bool:
    return not any((stack, name, not holds) in given for stack, name, holds in value.given)


def _concatenated(values: Iterable[Value]) -> str | Reference | Text | Special:
    parts: list[str | Reference | Special] = []
    for value in values:
        for part in _parts(value.plain):
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part)
    if not parts:
        return ""
    return parts[0] if len(parts) == 1 else Text(tuple(parts))


def _parts(plain: Any) -> tuple[str | Reference | Special, ...]:
    if isinstance(plain, Text):
        return plain.parts
    if isinstance(plain, bool):
        return (str(plain).lower(),)
    if isinstance(plain, str | int | float):
        return (str(plain),)
    return (plain,) if isinstance(plain, Reference) else (UNKNOWN,)


def _import_value(value: Value, imports: int) -> Iterator[Value]:
    for name in expand(value, imports):
        exported = value.scope.exports.get(name.plain) if isinstance(name.plain, str) else None
        if exported is None or imports >= _MAX_IMPORTS:
            yield replace(name, plain=UNKNOWN)
            continue
        for case in expand(replace(exported, given=name.given), imports + 1):
            # What is wrong with it is wrong where it is used.
            yield replace(case, path=value.path)


def _find_in_map(value: Value, imports: int) -> Iterator[Value]:
    if not isinstance(value.plain, list) or len(value.plain) < 3:
        yield replace(value, plain=UNKNOWN)
        return
    keys = (expand(replace(value, plain=key), imports) for key in value.plain[:3])
    for given, names in _combinations(value.given, keys):
        found: Any = value.scope.section("Mappings")
        for name in names:
            known = isinstance(found, Mapping) and isinstance(name.plain, str | int)
            found = found.get(name.plain, found.get(str(name.plain), UNKNOWN)) if known else UNKNOWN
        yield replace(value, plain=found, given=given)


def _select(value: Value, imports: int) -> Iterator[Value]:
    if not isinstance(value.plain, list) or len(value.plain) != 2:
        yield replace(value, plain=UNKNOWN)
        return
    index = Value(value.plain[0], value.scope, value.path, value.given)
    for number in expand(index, imports):
        for listed in expand(replace(number, plain=value.plain[1]), imports):
            at = number.number
            inside = isinstance(listed.plain, list) and at is not None and 0 <= at < len(listed.plain)
            if inside and at is not None:
                yield from expand(replace(listed, plain=listed.plain[int(at)]), imports)
            else:
                yield replace(listed, plain=UNKNOWN)


def _split(value: Value, imports: int) -> Iterator[Value]:
    if not isinstance(value.plain, list) or len(value.plain) != 2 or not isinstance(value.plain[0], str):
        yield replace(value, plain=UNKNOWN)
        return
    delimiter, text = value.plain
    for case in expand(replace(value, plain=text), imports):
        known = isinstance(case.plain, str) and delimiter
        yield replace(case, plain=case.plain.split(delimiter) if known else UNKNOWN)


def _base64(value: Value, imports: int) -> Iterator[Value]:
    """Return the text itself: what rules judge is what was written."""
    yield from expand(value, imports)


_RESOLVERS: Mapping[str, Callable[[Value, int], Iterator[Value]]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::ImportValue": _import_value,
    "Fn::FindInMap": _find_in_map,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Base64": _base64,
}
