"""Where first-party modules lie, and what their files hold: each file is read once for all functions."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError
from cumulo.synth.assets.cache import Cache
from cumulo.synth.assets.environment import Environment
from cumulo.synth.assets.imports import Imports, decode, encode, read_imports

IMPORTS_KEY = "imports-1"
PLATFORM_PACKAGE = "cumulo"
STANDARD_LIBRARY = sys.stdlib_module_names | {"__main__"}
PLATFORM_ROOT = Path(__file__).parents[3]
SKIPPED_SUFFIXES = (".py", ".pyc", ".pyo", ".pyi", ".so", ".pyd", ".env", "~", ".swp")
SKIPPED_NAMES = frozenset({"py.typed"})
KEY_SUFFIXES = (".pem", ".key")
PRIVATE_KEY = b"PRIVATE KEY-----"


@dataclass(frozen=True)
class Module:
    """A first-party module.

    Parameters
    ----------
    name
        Its dotted name.
    folder
        The folder it lies in; of a package, the package's own folder.
    file
        Its source; ``None`` for a namespace package, which has none.
    root
        The folder from which its name counts: the project, or that of an editable installation.
    is_package
        Whether it is a package.
    """

    name: str
    folder: Path
    file: Path | None
    root: Path
    is_package: bool


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Parameters
    ----------
    data
        Its bytes.
    sha256
        Their digest.
    executable
        Whether its owner may execute it.
    """

    data: bytes = field(repr=False)
    sha256: str
    executable: bool


@dataclass
class Sources:
    """The first-party code of a project, as the functions of one build see it.

    Parameters
    ----------
    project
        The project's folder.
    environment
        The environment that Cumulo runs in, with what is installed as editable.
    cache
        Remembers the imports of sources by their digest.
    """

    project: Path
    environment: Environment
    cache: Cache
    _modules: dict[str, Module | None] = field(default_factory=dict)
    _contents: dict[Path, Content] = field(default_factory=dict)
    _imports: dict[str, Any] = field(default_factory=dict)
    _known_imports: dict[str, Any] = field(default_factory=dict)
    _data: dict[Path, tuple[Path, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known_imports = self.cache.get_json(IMPORTS_KEY) or {}

    def find(self, name: str) -> Module | None:
        """Return a first-party module by its dotted name, or ``None``."""
        if name not in self._modules:
            parent, _, last = name.rpartition(".")
            self._modules[name] = self._find_in(parent, name, last) if parent else self._find_top(name)
        return self._modules[name]

    def content(self, path: Path, root: Path) -> Content:
        """Return what a file holds.

        Raises
        ------
        CumuloError
            When it cannot be read, or is a link that leads out of its root.
        """
        if path not in self._contents:
            data = _read(path, root)
            mode = path.stat().st_mode
            self._contents[path] = Content(data, hashlib.sha256(data).hexdigest(), bool(mode & 0o100))
        return self._contents[path]

    def imports(self, path: Path, root: Path) -> Imports:
        """Return what a source imports; only a source that changed is parsed."""
        content = self.content(path, root)
        digest = content.sha256
        if digest not in self._imports:
            known = self._known_imports.get(digest)
            self._imports[digest] = known or encode(read_imports(content.data, relative(path, root)))
        return decode(self._imports[digest])

    def data_files(self, package: Module) -> tuple[Path, ...]:
        """Return the data files of a package: those beside its modules, and folders without Python code."""
        if package.name == PLATFORM_PACKAGE:
            return ()
        if package.folder not in self._data:
            self._data[package.folder] = tuple(sorted(_data_in(package.folder, package.root)))
        return self._data[package.folder]

    def remember(self) -> None:
        """Store the imports that were read, for the next build."""
        if any(digest not in self._known_imports for digest in self._imports):
            self.cache.put_json(IMPORTS_KEY, self._imports)

    def _find_top(self, name: str) -> Module | None:
        if name == PLATFORM_PACKAGE:
            return _module(name, name, PLATFORM_ROOT, PLATFORM_ROOT)
        found = _module(name, name, self.project, self.project)
        if found is not None and found.file is not None:
            return found
        # A folder without __init__.py is a namespace package, which yields to any regular package.
        if name in STANDARD_LIBRARY or self.environment.has(name):
            return None
        root = self.environment.editable_root(name)
        return _module(name, name, root, root) if root not in (None, self.project) else found

    def _find_in(self, parent: str, name: str, last: str) -> Module | None:
        package = self.find(parent)
        if package is None or not package.is_package:
            return None
        return _module(name, last, package.folder, package.root)


def relative(path: Path, root: Path) -> str:
    """Return a path as it reads from a root, with forward slashes."""
    return path.relative_to(root).as_posix()


def _module(name: str, last: str, folder: Path, root: Path) -> Module | None:
    inner = folder / last
    initial = inner / "__init__.py"
    if initial.is_file():
        return Module(name, inner, initial, root, is_package=True)
    single = folder / f"{last}.py"
    if single.is_file():
        return Module(name, folder, single, root, is_package=False)
    return Module(name, inner, None, root, is_package=True) if inner.is_dir() else None


def _read(path: Path, root: Path) -> bytes:
    try:
        real = os.path.realpath(path, strict=True)
        if not Path(real).is_relative_to(os.path.realpath(root)):
            raise CumuloError(
                f"is a link that leads out of the project, to {real}",
                where=relative(path, root),
                hint="copy the file into the project",
            )
        data = Path(real).read_bytes()
    except OSError as error:
        raise CumuloError(f"cannot be read: {error.strerror}", where=relative(path, root)) from None
    if path.suffix in KEY_SUFFIXES and PRIVATE_KEY in data:
        raise CumuloError(
            "holds a private key, which must not be shipped with a function's code",
            where=relative(path, root),
            hint="keep it in a Secret and link the function to it",
        )
    return data


def _data_in(folder: Path, root: Path) -> list[Path]:
    found: list[Path] = []
    with os.scandir(folder) as listing:
        entries = list(listing)
    for entry in entries:
        if entry.name.startswith(".") or entry.name in SKIPPED_NAMES or entry.name.endswith(SKIPPED_SUFFIXES):
            continue
        path = Path(entry.path)
        if entry.is_symlink() and entry.is_dir():
            raise CumuloError(
                "is a link to a folder among a package's data files",
                where=relative(path, root),
                hint="move the folder here, or give the link a name that starts with a dot",
            )
        if entry.is_dir():
            found += _data_in(path, root) if _is_data_folder(path) else []
        elif entry.is_file() or entry.is_symlink():
            found.append(path)
    return found


def _is_data_folder(path: Path) -> bool:
    return path.name != "__pycache__" and not any(entry.suffix == ".py" for entry in path.iterdir())
