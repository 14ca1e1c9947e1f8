"""From a handler to everything first-party that it imports, by syntax tree: nothing is executed.

The trace is what Python itself would load: the handler's module, the packages around it, and whatever these
import, also inside functions. What is not first-party and not of the standard library is left to the packages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cumulo.errors import CumuloError
from cumulo.synth.assets.imports import Import
from cumulo.synth.assets.sources import PLATFORM_PACKAGE, STANDARD_LIBRARY, Content, Module, Sources, relative

PLATFORM_MODULE = "cumulo.runtime"


@dataclass(frozen=True)
class External:
    """An import of something that is neither first-party nor of the standard library.

    Parameters
    ----------
    module
        Its dotted name.
    where
        ``file:line`` of its first import.
    optional
        Whether the source copes with its absence.
    names
        The names taken from it.
    """

    module: str
    where: str
    optional: bool
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trace:
    """What a handler needs.

    Parameters
    ----------
    modules
        Names of the first-party modules.
    files
        First-party files by their path in the asset.
    externals
        What it imports from elsewhere, in the order of the names.
    """

    modules: frozenset[str]
    files: Mapping[str, Content]
    externals: tuple[External, ...]


def trace(handler: str, sources: Sources) -> Trace:
    """Find all first-party files that a handler needs, and what it imports from elsewhere.

    Parameters
    ----------
    handler
        ``package.module.function``, relative to the project.
    sources
        The project's code.

    Raises
    ------
    CumuloError
        When the module does not exist, or a first-party import names nothing.
    """
    start = handler.replace("/", ".").rpartition(".")[0]
    if sources.find(start) is None:
        raise CumuloError(f"there is no module {start!r}", where=f"handler {handler!r}")
    modules: dict[str, Module] = {}
    externals: dict[str, External] = {}
    waiting = _with_parents(start)
    while waiting:
        name = waiting.pop()
        module = sources.find(name)
        if name in modules or module is None:
            continue
        modules[name] = module
        for found in _imported(module, sources):
            if isinstance(found, External):
                _note(externals, found)
            else:
                waiting += _with_parents(found)
    files = _files(modules.values(), sources)
    return Trace(frozenset(modules), files, tuple(externals[key] for key in sorted(externals)))


def _note(externals: dict[str, External], found: External) -> None:
    known = externals.get(found.module)
    if known is None:
        externals[found.module] = found
        return
    first = known if known.optional <= found.optional else found
    names = tuple(sorted({*known.names, *found.names}))
    externals[found.module] = External(found.module, first.where, first.optional, names)


def _imported(module: Module, sources: Sources) -> Iterator[str | External]:
    # Cumulo's own package loads its public names when they are asked for: a function asks for none.
    if module.file is None or module.name == PLATFORM_PACKAGE:
        return
    where = relative(module.file, module.root)
    for statement in sources.imports(module.file, module.root).statements:
        target = _absolute(module, statement, where)
        yield from _resolve(target, statement, f"{where}:{statement.line}", sources)


def _absolute(module: Module, statement: Import, where: str) -> str:
    if not statement.level:
        return statement.module
    package = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
    kept = len(package) - (statement.level - 1)
    if kept <= 0:
        raise CumuloError(
            "a relative import leads out of its top-level package",
            where=f"{where}:{statement.line}",
            hint="import it by its absolute name",
        )
    return ".".join([*package[:kept], *([statement.module] if statement.module else [])])


def _resolve(target: str, statement: Import, where: str, sources: Sources) -> Iterator[str | External]:
    top = target.partition(".")[0]
    if sources.find(top) is None:
        if top not in STANDARD_LIBRARY:
            yield External(target, where, statement.optional, statement.names)
        return
    _check_platform(target, statement, where)
    module = sources.find(target)
    if module is None:
        if statement.optional:
            return
        raise _missing(target, where, sources)
    yield target
    yield from _members(module, statement, where, sources)


def _members(module: Module, statement: Import, where: str, sources: Sources) -> Iterator[str]:
    """Yield what ``from module import names`` loads beyond the module itself."""
    names: tuple[str, ...] = statement.names
    if "*" in names:
        names = sources.imports(module.file, module.root).exports if module.file else ()
    for name in names if module.is_package else ():
        member = f"{module.name}.{name}"
        if sources.find(member) is not None:
            yield member
        elif module.file is None and not statement.optional:
            raise _missing(member, where, sources)


def _check_platform(target: str, statement: Import, where: str) -> None:
    allowed = target == PLATFORM_PACKAGE and set(statement.names) == {"runtime"}
    if target.partition(".")[0] != PLATFORM_PACKAGE or allowed:
        return
    if target != PLATFORM_MODULE and not target.startswith(f"{PLATFORM_MODULE}."):
        raise CumuloError(
            f"a function imports {target!r}, which is for declaring and not shipped",
            where=where,
            hint=f"import only {PLATFORM_MODULE} in code that a function imports",
        )


def _missing(target: str, where: str, sources: Sources) -> CumuloError:
    parent = target.rpartition(".")[0]
    while parent and sources.find(parent) is None:
        parent = parent.rpartition(".")[0]
    return CumuloError(
        f"imports {target!r}, which does not exist",
        where=where,
        hint=f"{parent!r} exists: is the rest of the name right?" if parent else None,
    )


def _with_parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[: end + 1]) for end in range(len(parts))]


def _files(modules: Iterable[Module], sources: Sources) -> Mapping[str, Content]:
    files: dict[str, Content] = {}
    for module in modules:
        paths: list[Path] = [module.file] if module.file else []
        if module.is_package:
            paths += sources.data_files(module)
        for path in paths:
            files[relative(path, module.root)] = sources.content(path, module.root)
    return {name: files[name] for name in sorted(files)}
