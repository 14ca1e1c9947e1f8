"""CloudFormation's intrinsic functions, one small function each.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from cumulo.guidelines.template.combining import MAX_CASES, combinations, concatenated
from cumulo.guidelines.template.conditions import assumed, choice, chosen, constant
from cumulo.guidelines.template.links import Link
from cumulo.guidelines.template.values import (
    ABSENT,
    UNKNOWN,
    Given,
    Reference,
    Scope,
    Value,
    compatible,
)

_SUB_VARIABLE = re.compile(r"\$\{(!?)([^{}]*)\}")
_LIST_TYPES = ("CommaDelimitedList", "List<")


def expand(value: Value, steps: int = 0) -> tuple[Value, ...]:
    """Resolve an expression as far as possible.

    Parameters
    ----------
    value
        An expression as it stands in a template.
    steps
        Over how many stacks it was followed here.

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
    for case in resolver(replace(value, plain=argument), steps):
        found.append(case)
        if len(found) > MAX_CASES:
            return (replace(value, plain=UNKNOWN),)
    return tuple(found) or (replace(value, plain=UNKNOWN),)


def _intrinsic(plain: Any) -> tuple[str | None, Any]:
    if isinstance(plain, dict) and len(plain) == 1:
        name, argument = next(iter(plain.items()))
        if name == "Ref" or (isinstance(name, str) and name.startswith("Fn::")):
            return name, argument
    return None, None


def _ref(value: Value, steps: int) -> Iterator[Value]:
    yield from _referred(value, value.plain, steps)


def _referred(value: Value, name: Any, steps: int) -> Iterator[Value]:
    scope = value.scope
    if name == "AWS::NoValue":
        yield replace(value, plain=ABSENT)
    elif not isinstance(name, str):
        yield replace(value, plain=UNKNOWN)
    elif name in scope.section("Resources"):
        yield replace(value, plain=Reference(scope.stack, name))
    elif name in scope.passed:
        yield from _followed(value, scope.passed[name], steps)
    elif isinstance(parameter := scope.section("Parameters").get(name), Mapping):
        yield from _parameter(value, name, parameter)
    else:
        yield replace(value, plain=scope.pseudo.get(name, UNKNOWN))


def _parameter(value: Value, name: str, parameter: Mapping[str, Any]) -> Iterator[Value]:
    kind, scope = str(parameter.get("Type")), value.scope
    if kind.startswith("AWS::SSM::"):
        # The parameter's value is the name of another one.
        yield replace(value, plain=UNKNOWN)
        return
    default = chosen(scope, name, value.given) or scope.chosen.get(name, parameter.get("Default"))
    allowed = parameter.get("AllowedValues")
    if default is not None:
        yield replace(value, plain=_typed(kind, default))
    elif isinstance(allowed, list) and allowed and all(isinstance(each, str | int | float) for each in allowed):
        for each in allowed:
            yield replace(value, plain=_typed(kind, each), given=value.given | {choice(scope, name, each)})
    else:
        yield replace(value, plain=UNKNOWN)


def _typed(kind: str, value: Any) -> Any:
    if kind.startswith(_LIST_TYPES) and not isinstance(value, list):
        return [part.strip() for part in str(value).split(",")]
    return value


def _followed(value: Value, link: Link, steps: int) -> Iterator[Value]:
    """Yield what another stack gives; what is wrong with it is wrong where it is used."""
    for case in link.values(steps):
        if compatible(value.given, case.given):
            yield replace(case, path=value.path, given=value.given | case.given)


def _get_att(value: Value, steps: int) -> Iterator[Value]:
    yield from _attribute(value, value.plain, steps)


def _attribute(value: Value, argument: Any, steps: int) -> Iterator[Value]:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    scope = value.scope
    if not isinstance(parts, list) or len(parts) < 2 or not all(isinstance(part, str) for part in parts):
        yield replace(value, plain=UNKNOWN)
        return
    owner, attribute = parts[0], ".".join(parts[1:])
    output = scope.outputs.get(owner, {}).get(attribute.removeprefix("Outputs."))
    if output is not None and attribute.startswith("Outputs."):
        yield from _followed(value, output, steps)
    elif owner in scope.section("Resources"):
        yield replace(value, plain=Reference(scope.stack, owner, attribute))
    else:
        yield replace(value, plain=UNKNOWN)


def _if(value: Value, steps: int) -> Iterator[Value]:
    if not isinstance(value.plain, list) or len(value.plain) != 3 or not isinstance(value.plain[0], str):
        yield replace(value, plain=UNKNOWN)
        return
    for branch, given in _branches(value.scope, value.plain, value.given):
        yield from expand(replace(value, plain=branch, given=given), steps)


def _branches(scope: Scope, argument: list[Any], given: Given) -> Iterator[tuple[Any, Given]]:
    """Yield the branches of ``Fn::If`` that can be taken."""
    name, *branches = argument
    settled = constant(scope, name, given)
    for holds, branch in zip((True, False), branches, strict=True):
        also = assumed(scope, name, holds)
        if settled is not (not holds) and also is not None and compatible(given, also):
            yield branch, given | also


def _sub(value: Value, steps: int) -> Iterator[Value]:
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
            (replace(value, plain=f"${{{name}}}"),) if literal else _variable(value, name.strip(), variables, steps)
        )
        end = match.end()
    parts.append((replace(value, plain=template[end:]),))
    yield from _concatenations(value, parts)


def _variable(value: Value, name: str, variables: Mapping[str, Any], steps: int) -> tuple[Value, ...]:
    if name in variables:
        return expand(replace(value, plain=variables[name]), steps)
    return tuple(_attribute(value, name, steps) if "." in name else _referred(value, name, steps))


def _join(value: Value, steps: int) -> Iterator[Value]:
    if not isinstance(value.plain, list) or len(value.plain) != 2 or not isinstance(value.plain[0], str):
        yield replace(value, plain=UNKNOWN)
        return
    delimiter, listed = value.plain
    for case in expand(replace(value, plain=listed), steps):
        if not isinstance(case.plain, list):
            yield replace(case, plain=UNKNOWN)
            continue
        parts: list[tuple[Value, ...]] = []
        for index, element in enumerate(case.plain):
            if index and delimiter:
                parts.append((replace(case, plain=delimiter),))
            parts.append(expand(replace(case, plain=element), steps))
        yield from _concatenations(case, parts)


def _concatenations(value: Value, parts: Iterable[tuple[Value, ...]]) -> Iterator[Value]:
    """Put texts together, once for each combination of their values that can hold at the same time."""
    found = combinations(value.given, parts)
    if not found:
        yield replace(value, plain=UNKNOWN)
        return
    for given, combination in found:
        yield replace(value, plain=concatenated(combination), given=given)


def _import_value(value: Value, steps: int) -> Iterator[Value]:
    for name in expand(value, steps):
        exported = value.scope.exports.get(name.plain) if isinstance(name.plain, str) else None
        if exported is None:
            yield replace(name, plain=UNKNOWN)
        else:
            yield from _followed(name, exported, steps)


def _find_in_map(value: Value, steps: int) -> Iterator[Value]:
    if not isinstance(value.plain, list) or len(value.plain) < 3:
        yield replace(value, plain=UNKNOWN)
        return
    keys = [expand(replace(value, plain=key), steps) for key in value.plain[:3]]
    possible = combinations(value.given, keys)
    if not possible:
        yield replace(value, plain=UNKNOWN)
        return
    for given, names in possible:
        found: Any = value.scope.section("Mappings")
        for name in names:
            known = isinstance(found, Mapping) and isinstance(name.plain, str | int)
            found = found.get(name.plain, found.get(str(name.plain), UNKNOWN)) if known else UNKNOWN
        if found is UNKNOWN and all(isinstance(name.plain, str | int) for name in names):
            yield from _default_of_map(replace(value, given=given), value.plain[3:], steps)
        else:
            yield replace(value, plain=found, given=given)


def _default_of_map(value: Value, options: list[Any], steps: int) -> Iterator[Value]:
    """Yield what is used where a map has no such key.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-findinmap-enhancements.html
    """
    given = options[0] if options else None
    default = given["DefaultValue"] if isinstance(given, Mapping) and "DefaultValue" in given else UNKNOWN
    yield from expand(replace(value, plain=default), steps)


def _select(value: Value, steps: int) -> Iterator[Value]:
    if not isinstance(value.plain, list) or len(value.plain) != 2:
        yield replace(value, plain=UNKNOWN)
        return
    for number in expand(replace(value, plain=value.plain[0]), steps):
        for listed in expand(replace(value, plain=value.plain[1], given=number.given), steps):
            at = number.number
            inside = isinstance(listed.plain, list) and at is not None and 0 <= at < len(listed.plain)
            if inside and at is not None:
                yield from expand(replace(listed, plain=listed.plain[int(at)]), steps)
            else:
                yield replace(listed, plain=UNKNOWN)


def _split(value: Value, steps: int) -> Iterator[Value]:
    if not isinstance(value.plain, list) or len(value.plain) != 2 or not isinstance(value.plain[0], str):
        yield replace(value, plain=UNKNOWN)
        return
    delimiter, text = value.plain
    for case in expand(replace(value, plain=text), steps):
        known = isinstance(case.plain, str) and delimiter
        yield replace(case, plain=case.plain.split(delimiter) if known else UNKNOWN)


def _base64(value: Value, steps: int) -> Iterator[Value]:
    """Return the text itself: what rules judge is what was written."""
    yield from expand(value, steps)


def _length(value: Value, steps: int) -> Iterator[Value]:
    """Count a list (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-length.html)."""
    for case in expand(value, steps):
        yield replace(case, plain=len(case.plain) if isinstance(case.plain, list) else UNKNOWN)


def _to_json_string(value: Value, steps: int) -> Iterator[Value]:  # noqa: ARG001
    written = json.dumps(value.plain, default=str)
    resolved = isinstance(value.plain, list | Mapping) and '"Ref"' not in written and '"Fn::' not in written
    yield replace(value, plain=written if resolved else UNKNOWN)


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
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json_string,
}
