"""The syntax tree of a source: nothing is executed."""

from __future__ import annotations

import ast
import io
import tokenize

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
        raise _not_decoded(source, where) or CumuloError(
            f"is not valid Python: {error.msg}", where=f"{where}:{error.lineno or 1}", hint="mend the syntax"
        ) from None
    except ValueError as error:  # null bytes
        raise CumuloError(f"is not valid Python: {error}", where=f"{where}:1") from None
    except (RecursionError, MemoryError):
        raise CumuloError("is not valid Python: it is nested too deeply", where=f"{where}:1") from None


def _not_decoded(source: bytes, where: str) -> CumuloError | None:
    """Return an error for bytes that are not what the file's coding line says; without one, they have to be UTF-8.

    https://docs.python.org/3/reference/lexical_analysis.html#encoding-declarations
    """
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(source).readline)[0]
    except SyntaxError:
        # The first lines are not UTF-8, or the coding that they name is unknown.
        encoding = "utf-8"
    try:
        source.decode(encoding)
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        name = "UTF-8" if encoding.startswith("utf-8") else encoding
        return CumuloError(
            f"is not {name} (byte {source[error.start]:#04x})",
            where=f"{where}:{line}",
            hint="declare its coding in its first line, as `# coding: latin-1`, or save it as UTF-8",
        )
    return None
