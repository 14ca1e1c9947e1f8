"""Whether an argument is of the kind that its parameter takes: Python would say so only where it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from cumulo.errors import CumuloError


def check_type(where: str, name: str, value: object, expected: type | tuple[type, ...], called: str, hint: str) -> None:
    """Refuse an argument of another type.

    Parameters
    ----------
    where
        What is declared, and at which line.
    name
        The parameter.
    value
        What was passed for it.
    expected
        What it takes.
    called
        What that is called, with its article: ``"a function"``.
    hint
        What to write instead.

    Raises
    ------
    CumuloError
        When it is of another type.

    Examples
    --------
    >>> check_type("api 'api'", "cors", True, tuple, "a Cors", "write cors=Cors(…)")
    Traceback (most recent call last):
        ...
    cumulo.errors.CumuloError: api 'api': cors is True, not a Cors
    hint: write cors=Cors(…)
    """
    if not isinstance(value, expected):
        raise CumuloError(f"{name} is {shown(value)}, not {called}", where=where, hint=hint)


def check_duration(where: str, name: str, value: object, *, unit: str = "seconds") -> None:
    """Refuse what is no duration, a bare number for example; ``unit`` is the one that the hint shows.

    Examples
    --------
    >>> check_duration("function 'create'", "timeout", 3)
    Traceback (most recent call last):
        ...
    cumulo.errors.CumuloError: function 'create': timeout is 3, not a duration
    hint: write timeout=seconds(3)
    """
    number = value if isinstance(value, int | float) else 30
    check_type(where, name, value, timedelta, "a duration", f"write {name}={unit}({number})")


def check_list(where: str, name: str, value: object, example: str) -> None:
    """Refuse what is neither list nor tuple: text too, which Python takes for a list of letters."""
    called = "a list"
    check_type(where, name, value, Sequence, called, f"write {name}=[{example}]")
    if isinstance(value, str | bytes):
        raise CumuloError(f"{name} is {shown(value)}, not {called}", where=where, hint=f"write {name}=[{value!r}]")


def check_mapping(where: str, name: str, value: object, example: str) -> None:
    """Refuse what is no mapping."""
    check_type(where, name, value, Mapping, "a dict", f"write {name}={{{example}}}")


def shown(value: object) -> str:
    """Return how an error names a value: plain data as it is written, everything else by its type.

    Examples
    --------
    >>> shown("x"), shown(3), shown(timedelta())
    ("'x'", '3', 'a timedelta')
    """
    if value is None or isinstance(value, str | bytes | int | float):
        return repr(value)
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOaeio' else 'a'} {name}"
