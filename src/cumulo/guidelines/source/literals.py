"""Values under the names that they are given."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.source.module import FunctionNode, Module


def named_values(module: Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield names with what they are given: variables, arguments, defaults, keys, fallbacks of `os.environ`."""
    for node in module.nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                yield from ((_name(target), value) for target in targets)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                yield _name(target), value
            case ast.keyword(arg=str() as name, value=value):
                yield name, value
            case ast.Dict(keys=keys, values=values):
                yield from ((_text(key), value) for key, value in zip(keys, values, strict=True))
            case ast.Call(func=ast.Attribute(attr="get" | "getenv"), args=[key, value]):
                yield _text(key), value
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _defaults(node)


def _defaults(node: FunctionNode) -> Iterator[tuple[str, ast.expr]]:
    positional = [*node.args.posonlyargs, *node.args.args]
    given = positional[len(positional) - len(node.args.defaults) :]
    yield from ((each.arg, value) for each, value in zip(given, node.args.defaults, strict=True))
    for each, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if value is not None:
            yield each.arg, value


def _name(target: ast.expr) -> str:
    if isinstance(target, ast.Subscript):
        return _text(target.slice)
    return ast.unparse(target).rpartition(".")[2] if isinstance(target, ast.Name | ast.Attribute) else ""


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
