"""Values that ``--parameter`` gives, checked against what the templates take.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from cumulo.errors import UsageError
from cumulo.guidelines.system import Stack

_LISTS = ("CommaDelimitedList", "List<")
_MOST_SHOWN = 12


def check_parameters(stacks: Sequence[Stack], given: Mapping[str, str]) -> None:
    """Refuse values of parameters that no template takes.

    Parameters
    ----------
    stacks
        The templates that could be read; without any, nobody can tell.
    given
        Values by the parameters' names.

    Raises
    ------
    UsageError
        When no template has a parameter of that name, or none that has it takes the value.

    Examples
    --------
    >>> check_parameters((), {"Stage": "dev"})
    """
    sections = [stack.scope.section("Parameters") for stack in stacks]
    known = sorted({str(name) for section in sections for name in section})
    for name, value in given.items() if stacks else ():
        if name not in known:
            raise UsageError(f"no template has a parameter {name}", where="--parameter", hint=_near(name, known))
        declared = [section[name] for section in sections if isinstance(section.get(name), Mapping)]
        problems = [problem for each in declared if (problem := _problem(name, value, each)) is not None]
        # A template that takes it is enough: the others may have another parameter of that name.
        if problems and len(problems) == len(declared):
            raise problems[0]


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=3)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"parameters: {_some(known)}" if known else "they have no parameters"


def _problem(name: str, value: str, declared: Mapping[str, Any]) -> UsageError | None:
    """Return why a parameter does not take a value; ``None`` when it does, as far as anybody can tell."""
    kind = str(declared.get("Type"))
    values = [part.strip() for part in value.split(",")] if kind.startswith(_LISTS) else [value]
    is_number = kind in ("Number", "List<Number>")
    shown = "its value" if declared.get("NoEcho") in (True, "true") else repr(value)
    if is_number and not all(map(_is_number, values)):
        return UsageError(f"{name} is a {kind}, and {shown} is none", where="--parameter", hint=f"{name}=1")
    allowed = declared.get("AllowedValues")
    if not isinstance(allowed, list) or not all(isinstance(each, str | int | float) for each in allowed):
        return None
    texts = [str(each).lower() if isinstance(each, bool) else str(each) for each in allowed]
    if all(each in texts or (is_number and _among(each, texts)) for each in values):
        return None
    near = [] if is_number else get_close_matches(value, texts, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return UsageError(
        f"{name} cannot be {shown}", where="--parameter", hint=f"{hint}its AllowedValues: {_some(texts) or 'none'}"
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _among(number: str, texts: Sequence[str]) -> bool:
    return float(number) in [float(text) for text in texts if _is_number(text)]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_SHOWN]) + ", …" * (len(names) > _MOST_SHOWN)
