"""Whether a handler exists, told while declaring and without importing anything."""

from __future__ import annotations

import ast
import stat
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from cumulo.errors import CumuloError
from cumulo.synth.assets.modules import module_file
from cumulo.synth.assets.syntax import parse

SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "tests", "infra"})
ASYNC = "async def"


def check_handler(project: Path, handler: str) -> None:
    """Check that a handler's module exists and defines its function.

    Parameters
    ----------
    project
        The project's folder.
    handler
        ``package.module.function``, relative to the project. Lambda's other spelling of it,
        ``package/module.function``, is the same.

    Raises
    ------
    CumuloError
        When there is no such module or function, with the nearest names that do exist; when the module cannot be
        read or is not valid Python; when the function is ``async``, which Lambda's Python does not call.

    Examples
    --------
    >>> check_handler(Path("examples/items"), "functions.items.create")  # doctest: +SKIP

    See https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
    """
    where = f"handler {handler!r}"
    module, _, function = handler.replace("/", ".").rpartition(".")
    parts = module.split(".") if module else []
    if not parts or not all(part.isidentifier() for part in [*parts, function]):
        raise CumuloError("is not of the form package.module.function", where=where, hint=_spelling(handler))
    defined = _names_of(project, parts)
    if defined is None:
        modules = list(_modules(project, project))
        raise CumuloError(f"there is no module {module!r}", where=where, hint=_nearest(module, modules))
    if "*" in defined or defined.get(function) not in (None, ASYNC):
        return
    if function in defined:
        raise CumuloError(
            f"{function!r} is `async def`, and Lambda calls handlers without awaiting them",
            where=where,
            hint="write `def`, and call asyncio.run(...) inside",
        )
    names = [name for name, kind in defined.items() if kind == "def" and not name.startswith("_")]
    raise CumuloError(f"module {module!r} has no function {function!r}", where=where, hint=_nearest(function, names))


def _spelling(handler: str) -> str:
    if ":" in handler:
        return f"write {handler.replace(':', '.')!r}"
    return "for example 'functions.items.create': the function 'create' in functions/items.py"


def _names_of(project: Path, parts: Sequence[str]) -> dict[str, str] | None:
    """Return what a module defines; ``None`` when there is no such module."""
    try:
        file = module_file(project, parts)
        if file is None:
            return None
        state, name = file.stat(), file.relative_to(project).as_posix()
        if not stat.S_ISREG(state.st_mode):
            raise CumuloError("is no regular file", where=name)
        return _defined(file, name, state.st_mtime_ns, state.st_size)
    except OSError as error:
        culprit = Path(error.filename).relative_to(project).as_posix()
        raise CumuloError(f"cannot be read ({error.strerror})", where=culprit) from None


@lru_cache(maxsize=256)
def _defined(file: Path, where: str, _mtime: int, _size: int) -> dict[str, str]:
    return dict(_names(parse(file.read_bytes(), where).body))


def _names(nodes: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Yield each name that a module's statements bind, with what binds it."""
    for node in nodes:
        match node:
            case ast.FunctionDef(name) | ast.ClassDef(name):
                yield name, "def"
            case ast.AsyncFunctionDef(name):
                yield name, ASYNC
            case ast.Import(aliases) | ast.ImportFrom(_, aliases):
                yield from ((alias.asname or alias.name, "import") for alias in aliases)
            case ast.If() | ast.Try() | ast.With():
                for field in ("body", "orelse", "finalbody"):
                    yield from _names(vars(node).get(field, []))
            case ast.Assign() | ast.AnnAssign():
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    yield from ((n.id, "assign") for n in ast.walk(target) if isinstance(n, ast.Name))


def _modules(project: Path, folder: Path) -> Iterator[str]:
    """Yield the project's modules, for suggestions: never a virtual environment's."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in SKIPPED_FOLDERS or path.is_symlink():
            continue
        if path.is_dir() and not (path / "pyvenv.cfg").exists():
            yield from _modules(project, path)
        elif path.suffix == ".py":
            parts = path.relative_to(project).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _nearest(name: str, known: Sequence[str]) -> str | None:
    from difflib import get_close_matches

    # Only the last words are compared: a package in common makes no two modules alike.
    ends = {one: one.rpartition(".")[2] for one in known}
    near = get_close_matches(name.rpartition(".")[2], set(ends.values()), n=2, cutoff=0.75)
    nearest = [one for one in known if ends[one] in near][:2]
    if nearest:
        return f"did you mean {' or '.join(repr(n) for n in nearest)}?"
    return f"there are: {', '.join(known[:8])}" if known else None
