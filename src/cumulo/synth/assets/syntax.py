"""The syntax tree of a source: nothing is executed."""

from __future__ import annotations

import ast

from cumulo.errors import CumuloError


def parse(source: bytes, where: str) -> ast.Module:
    """Parse a source.

    Raises
    ------
    CumuloError
        When it is not valid Python.
    """
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise CumuloError(
            f"is not valid Python: {error.msg}", where=f"{where}:{error.lineno or 1}", hint="mend the syntax"
        ) from None
    except ValueError as error:  # null bytes
        raise CumuloError(f"is not valid Python: {error}", where=where) from None
