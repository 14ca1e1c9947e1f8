"""What is installed in the environment that runs Cumulo, read cheaply: a listing, not every file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

INSTALLED_SUFFIX = ".dist-info"
METADATA_SUFFIXES = (INSTALLED_SUFFIX, ".egg-info")


@dataclass(frozen=True)
class Environment:
    """The installed distributions, as the listing of their folders tells them.

    Parameters
    ----------
    metadata
        The metadata folders with their modification times: they change when anything is installed or removed.
    names
        Top-level names of what lies in the folders for installed packages.
    """

    metadata: tuple[tuple[str, int], ...]
    names: frozenset[str]

    def has(self, top: str) -> bool:
        """Whether a top-level module or package is installed, other than as editable."""
        return top in self.names

    def editable_root(self, top: str) -> Path | None:
        """Return the folder from which a package that is installed as editable is imported, or ``None``."""
        from importlib.util import find_spec

        try:
            spec = find_spec(top)
        except (ImportError, ValueError):
            return None
        if spec is None or not spec.has_location or spec.origin is None:
            return None
        folder = Path(spec.origin).parent
        return folder.parent if spec.submodule_search_locations else folder

    @cached_property
    def distributions(self) -> Mapping[str, Path]:
        """Metadata folders by the distribution's normalized name."""
        found: dict[str, Path] = {}
        for folder, _ in self.metadata:
            name = Path(folder).name.rpartition(".")[0].partition("-")[0]
            found.setdefault(normalized(name), Path(folder))
        return found

    def providers(self, module: str, names: Sequence[str]) -> tuple[str, ...]:
        """Return the distributions that provide a module, by their normalized names.

        Several share a namespace package: of those, the ones that hold the module itself count.

        Parameters
        ----------
        module
            Dotted name of the module.
        names
            Names imported from it, which may be modules of their own.
        """
        top = module.partition(".")[0]
        owners = {name: record for name, record in self._records.items() if _holds(record, top)}
        if not owners:
            return (normalized(top),) if normalized(top) in self._recordless else ()
        if len(owners) == 1:
            return tuple(owners)
        wanted = [f"{module}.{name}" for name in names] or [module]
        return tuple(sorted({owner for name in wanted for owner in _nearest(owners, name)}))

    @cached_property
    def _records(self) -> Mapping[str, str]:
        """Lists of installed files by distribution, each line preceded by a line break."""
        found = {}
        for name, folder in self.distributions.items():
            record = folder / "RECORD"
            if record.is_file():
                found[name] = "\n" + record.read_text(encoding="utf-8")
        return found

    @cached_property
    def _recordless(self) -> frozenset[str]:
        return frozenset(self.distributions.keys() - self._records.keys())


def normalized(name: str) -> str:
    """Return a distribution's name as the package index compares it (PEP 503).

    Examples
    --------
    >>> normalized("Typing_Extensions")
    'typing-extensions'
    """
    return name.replace("_", "-").replace(".", "-").lower()


def read_environment(path: Iterable[str] | None = None) -> Environment:
    """List what is installed.

    Parameters
    ----------
    path
        Folders to look in; by default ``sys.path``.
    """
    metadata: list[tuple[str, int]] = []
    names: set[str] = set()
    for folder in dict.fromkeys(sys.path if path is None else path):
        entries = _entries(folder)
        found = [e for e in entries if e.name.endswith(METADATA_SUFFIXES)]
        metadata += [(e.path, e.stat().st_mtime_ns) for e in found]
        # Other folders are the standard library's, the project's and those of editable packages, where setuptools
        # may have left an `.egg-info`.
        if any(e.name.endswith(INSTALLED_SUFFIX) for e in found):
            names |= {e.name.partition(".")[0] for e in entries}
    return Environment(tuple(metadata), frozenset(names))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder or ".") as listing:
            return sorted(listing, key=lambda entry: entry.name)
    except OSError:  # a folder on sys.path may be missing, or be a zip
        return []


def _holds(record: str, name: str) -> bool:
    path = name.replace(".", "/")
    # Most records do not even have the beginning: one search through each instead of four.
    return f"\n{path}" in record and any(f"\n{path}{end}" in record for end in ("/", ".py,", ".cpython-", ".abi3."))


def _nearest(owners: Mapping[str, str], name: str) -> list[str]:
    """Return the owners that hold a module or, if none does, the closest package around it."""
    while name:
        path = name.replace(".", "/")
        ends = ("/__init__.py,", ".py,", ".cpython-", ".abi3.")
        found = [owner for owner, record in owners.items() if any(f"\n{path}{end}" in record for end in ends)]
        if found:
            return found
        name = name.rpartition(".")[0]
    return []
