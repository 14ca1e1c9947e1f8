"""Replacing pieces of a Python file, and nothing else of it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence

from cumulo.guidelines.edits import Replace

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


class _CannotReplaceError(Exception):
    """The piece cannot be replaced; says why."""


def replace_pieces(text: str, replaces: Sequence[Replace]) -> tuple[str, list[tuple[Replace, str]]]:
    """Replace pieces of a Python file, from its end.

    Parameters
    ----------
    text
        The source.
    replaces
        What to replace; of two that overlap, the first.

    Returns
    -------
    tuple
        The new source, and what could not be replaced, with the reason.
    """
    left_out: list[tuple[Replace, str]] = []
    kept: list[Replace] = []
    # The same edit of two findings is one.
    for each in sorted(dict.fromkeys(replaces), key=_start):
        if kept and _start(each) < _end(kept[-1]):
            left_out.append((each, "it overlaps with another one: run it again"))
        else:
            kept.append(each)
    imports: dict[str, None] = {}
    for each in reversed(kept):
        try:
            new = _replaced(text, each)
            _with_imports(new, (*imports, *each.imports))
        except (_CannotReplaceError, SyntaxError, ValueError, RecursionError) as problem:
            why = str(problem) if isinstance(problem, _CannotReplaceError) else "the result would not be Python"
            left_out.append((each, why))
            continue
        text = new
        imports |= dict.fromkeys(each.imports)
    return _with_imports(text, tuple(imports)), left_out


def _start(each: Replace) -> tuple[int, int]:
    return each.line, each.column


def _end(each: Replace) -> tuple[int, int]:
    return each.end_line, each.end_column


def _replaced(text: str, each: Replace) -> str:
    starts = _line_starts(text)
    start, end = _offset(text, starts, *_start(each)), _offset(text, starts, *_end(each))
    if end < start:
        raise _CannotReplaceError("the place is not there")
    # What is put in takes the file's own line ends.
    newline = "\r\n" if "\r\n" in text else "\n"
    new = text[:start] + each.text.replace("\n", newline) + text[end:]
    before, after = _parse(text).body, _parse(new).body
    touched = [number for number, node in enumerate(before) if _first(node) <= each.line <= (node.end_lineno or 0)]
    if len(before) != len(after) or any(
        ast.dump(old) != ast.dump(changed)
        for number, (old, changed) in enumerate(zip(before, after, strict=True))
        if number not in touched
    ):
        raise _CannotReplaceError("more than that place would change")
    return new


def _first(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min((each.lineno for each in decorators), default=node.lineno)


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _line_starts(text: str) -> list[int]:
    """Return where lines begin, as Python counts them: a form feed begins none."""
    return [match.start() for match in _LINE.finditer(text)]


def _offset(text: str, starts: Sequence[int], line: int, column: int) -> int:
    if not 1 <= line <= len(starts):
        raise _CannotReplaceError("the place is not there")
    start = starts[line - 1]
    following = starts[line] if line < len(starts) else len(text)
    return start + len(text[start:following].encode()[:column].decode())


def _with_imports(text: str, names: Sequence[str]) -> str:
    """Import what a text needs and has not yet."""
    for name in dict.fromkeys(names):
        text = _with_import(text, name)
    return text


def _with_import(text: str, dotted: str) -> str:
    module, _, name = dotted.rpartition(".")
    tree = _parse(text)
    bound = list(_bound(tree))
    if (name, dotted) in bound:
        return text
    if name in {each for each, _ in bound}:
        raise _CannotReplaceError(f"{name} is something else there than {dotted}")
    starts = _line_starts(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    for node in tree.body:
        one_line = isinstance(node, ast.ImportFrom) and node.module == module and not node.level
        if one_line and node.lineno == node.end_lineno:
            last = node.names[-1]  # type: ignore[attr-defined]
            end = _offset(text, starts, last.end_lineno, last.end_col_offset)
            if last.name != "*":
                return f"{text[:end]}, {name}{text[end:]}"
    statement = f"from {module} import {name}" if module else f"import {name}"
    at = _import_line(tree)
    start = starts[at - 1] if at <= len(starts) else len(text)
    gap = newline if start and text[start - 1] not in "\r\n" else ""
    return f"{text[:start]}{gap}{statement}{newline}{text[start:]}"


def _import_line(tree: ast.Module) -> int:
    """Return the line before which an import belongs: that of the first one, else below the docstring."""
    after = 0
    for number, node in enumerate(tree.body):
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        docstring = not number and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not future and not docstring:
            return node.lineno if isinstance(node, ast.Import | ast.ImportFrom) else after + 1
        after = node.end_lineno or after
    return after + 1


def _bound(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names that a module binds anywhere, and what imports bind them to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.split(".")[0], alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, ""
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, ""
        elif isinstance(node, ast.arg):
            yield node.arg, ""
