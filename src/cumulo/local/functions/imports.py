"""Which third-party modules a project's functions import: found by reading the source, without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

_LIBRARIES = Path(__file__).resolve().parents[3]


def third_party_imports(project: Path, handlers: Iterable[str]) -> set[str]:
    """Return the modules from outside the project that the handlers import, directly or through the project's own.

    For ``from a import b`` both ``a`` and ``a.b`` are named, as ``b`` may be a module. Files that cannot be read or
    parsed are passed over: the import itself will say what is wrong.

    Parameters
    ----------
    project
        The folder that the functions import from.
    handlers
        ``"package.module.function"``, as in ``Handler``.

    Examples
    --------
    >>> third_party_imports(Path("/nowhere"), [])
    set()
    """
    waiting = [handler.replace("/", ".").rpartition(".")[0] for handler in handlers]
    seen: set[str] = set()
    found: set[str] = set()
    while waiting:
        module = waiting.pop()
        if not module or module in seen:
            continue
        seen.add(module)
        file = _source(project, module)
        if file is None:
            found.add(module)
            continue
        waiting.append(module.rpartition(".")[0])
        waiting.extend(_imported(file, module))
    return {name for name in found if _source(project, name.partition(".")[0]) is None}


def _source(project: Path, module: str) -> Path | None:
    # cumulo.runtime is read like the project's own code: it is imported in each worker, what it needs once for all.
    base = (_LIBRARIES if f"{module}.".startswith("cumulo.runtime.") else project).joinpath(*module.split("."))
    if base.is_dir():
        return base / "__init__.py"
    file = base.with_name(base.name + ".py")
    return file if file.is_file() else None


def _imported(file: Path, module: str) -> Iterator[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parents, *([node.module] if node.module else [])])
