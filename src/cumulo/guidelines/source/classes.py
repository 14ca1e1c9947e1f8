"""Classes of the project: what their objects have."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from cumulo.guidelines.source.module import FunctionNode, Module
from cumulo.guidelines.source.project import Project

_PROPERTIES = ("property", "cached_property")


def bases(project: Project, module: Module, name: str) -> Iterator[tuple[Module, str]]:
    """Yield a class and those of the project that it is made from, nearest first."""
    waiting, seen = [(module, name)], {(module.name, name)}
    while waiting:
        where, current = waiting.pop(0)
        yield where, current
        definition = where.classes.get(current)
        for base in definition.bases if definition else ():
            found = project.locate(_dotted(where, base))
            if found is not None and found[1] in found[0].classes and (found[0].name, found[1]) not in seen:
                seen.add((found[0].name, found[1]))
                waiting.append(found)


def _dotted(module: Module, base: ast.expr) -> str:
    # Repository[Item] is made from Repository.
    text = ast.unparse(base.value if isinstance(base, ast.Subscript) else base)
    first, dot, rest = text.partition(".")
    local = f"{module.name}.{first}" if first in module.classes else first
    return f"{module.imports.get(first, local)}{dot}{rest}"


def fields(definition: ast.ClassDef) -> Mapping[str, ast.expr]:
    """Return the fields of a dataclass with their annotations, in order; none for another class."""
    if not any("dataclass" in ast.unparse(each) or "attrs" in ast.unparse(each) for each in definition.decorator_list):
        return {}
    annotated = (node for node in definition.body if isinstance(node, ast.AnnAssign))
    return {node.target.id: node.annotation for node in annotated if isinstance(node.target, ast.Name)}


def is_property(node: FunctionNode) -> bool:
    """Tell whether a method is read like an attribute."""
    names = (ast.unparse(each).rpartition(".")[2] for each in node.decorator_list)
    return any(name in _PROPERTIES for name in names)
