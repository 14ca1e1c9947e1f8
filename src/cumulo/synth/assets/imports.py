"""What a Python source imports, read from its syntax tree: nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cumulo.synth.assets.syntax import parse

IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
PLATFORM_TESTS = frozenset({"sys.version_info", "sys.platform", "os.name"})


@dataclass(frozen=True)
class Import:
    """One import statement, or one call of ``importlib.import_module`` with a literal.

    Parameters
    ----------
    module
        The module after ``import`` or ``from``; empty in ``from . import name``.
    names
        The names after ``from … import``; empty for ``import module``.
    level
        Number of leading dots of a relative import.
    line
        Line number, from 1.
    optional
        Whether the source copes with its absence (``try … except ImportError``, a version check).
    """

    module: str
    names: tuple[str, ...]
    level: int
    line: int
    optional: bool = False


@dataclass(frozen=True)
class Imports:
    """Everything a source imports.

    Parameters
    ----------
    statements
        Its imports, in the order of the source.
    exports
        The literal names in its ``__all__``: a star import loads those that are modules.
    """

    statements: tuple[Import, ...]
    exports: tuple[str, ...] = ()


def read_imports(source: bytes, where: str) -> Imports:
    """Read the imports of a source, also those inside functions.

    Imports under ``if TYPE_CHECKING:`` and ``if __name__ == "__main__":`` never run in a function and
    are left out.

    Parameters
    ----------
    source
        The source, in the encoding it declares.
    where
        Its path, for errors.

    Raises
    ------
    CumuloError
        When the source is not valid Python.

    Examples
    --------
    >>> read_imports(b"import json", "a.py").statements
    (Import(module='json', names=(), level=0, line=1, optional=False),)
    """
    tree = parse(source, where)
    exports = [name for node in tree.body for name in _exports(node)]
    return Imports(tuple(_walk(tree.body, optional=False)), tuple(exports))


def encode(imports: Imports) -> list[Any]:
    """Turn imports into data that JSON can hold."""
    rows = [[i.module, i.names, i.level, i.line, i.optional] for i in imports.statements]
    return [rows, imports.exports]


def decode(data: Sequence[Any]) -> Imports:
    """Turn the data of :func:`encode` into imports again."""
    rows, exports = data
    return Imports(tuple(Import(m, tuple(n), le, li, o) for m, n, le, li, o in rows), tuple(exports))


def _walk(nodes: Sequence[ast.AST], *, optional: bool) -> Iterator[Import]:
    for node in nodes:
        match node:
            case ast.Import():
                yield from (Import(a.name, (), 0, node.lineno, optional) for a in node.names)
            case ast.ImportFrom():
                names = tuple(alias.name for alias in node.names)
                yield Import(node.module or "", names, node.level, node.lineno, optional)
            case ast.If():
                yield from _walk_if(node, optional=optional)
            case ast.Try() | ast.TryStar():
                yield from _walk(node.body, optional=optional or any(map(_catches_import, node.handlers)))
                yield from _walk([*node.handlers, *node.orelse, *node.finalbody], optional=optional)
            case _:
                if isinstance(node, ast.Call):
                    yield from (replace(found, optional=optional) for found in _called(node))
                yield from _walk(list(ast.iter_child_nodes(node)), optional=optional)


def _walk_if(node: ast.If, *, optional: bool) -> Iterator[Import]:
    test = node.test
    negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    if _never_true(test.operand if isinstance(test, ast.UnaryOp) and negated else test):
        yield from _walk(node.body if negated else node.orelse, optional=optional)
        return
    optional = optional or any(name in ast.unparse(test) for name in PLATFORM_TESTS)
    yield from _walk([test, *node.body, *node.orelse], optional=optional)


def _never_true(test: ast.expr) -> bool:
    match test:
        case ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
        case ast.Compare(ast.Name("__name__"), [ast.Eq()], [ast.Constant("__main__")]):
            return True
    return False


def _catches_import(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(name, ast.Name) and name.id in IMPORT_ERRORS for name in caught)


def _called(call: ast.Call) -> Iterator[Import]:
    """Yield the module of ``import_module("literal")`` and ``__import__("literal")``."""
    match call:
        case ast.Call(
            ast.Name("import_module" | "__import__") | ast.Attribute(ast.Name("importlib"), "import_module"),
            [ast.Constant(str(name)), *_],
        ):
            module = name.lstrip(".")
            level = len(name) - len(module)
            # A relative literal names a module, never an attribute: `from . import x` would allow both.
            yield Import(module, (), level, call.lineno)


def _exports(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Assign([ast.Name("__all__")], ast.List(elements) | ast.Tuple(elements)):
            for element in elements:
                if isinstance(element, ast.Constant) and isinstance(element.value, str):
                    yield element.value
