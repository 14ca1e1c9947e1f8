"""A project's own modules, parsed when they are asked for."""

from __future__ import annotations

import io
import stat
import tokenize
import warnings
from functools import cached_property
from pathlib import Path

from cumulo.errors import CumuloError
from cumulo.guidelines.source.module import Module
from cumulo.synth.assets.modules import module_file
from cumulo.synth.assets.syntax import parse

MAX_SOURCE_BYTES = 2_000_000
_MAX_REEXPORTS = 10


class Project:
    """The project's modules.

    Parameters
    ----------
    root
        Where imports start: the project's folder.
    named_from
        Folder that files are named from, where that is another one.

    Attributes
    ----------
    problems
        What is wrong with files that could not be read or parsed, each said once.
    """

    def __init__(self, root: Path, named_from: Path | None = None) -> None:
        self.root = root
        self._named_from = named_from or root
        self.problems: list[CumuloError] = []
        self._modules: dict[str, Module | None] = {}
        self._located: dict[str, tuple[Module, str] | None] = {}

    @property
    def modules(self) -> list[Module]:
        """The modules that were asked for and exist."""
        return [module for module in self._modules.values() if module is not None]

    def module(self, name: str) -> Module | None:
        """Return a module by its dotted name; ``None`` when it is not one of the project's own."""
        if name not in self._modules:
            self._modules[name] = self._load(name)
        return self._modules[name]

    def locate(self, dotted: str) -> tuple[Module, str] | None:
        """Split a dotted name into a module of the project and the rest, following re-exports.

        Examples
        --------
        >>> Project(Path("/nowhere")).locate("boto3.client") is None
        True
        """
        if dotted not in self._located:
            self._located[dotted] = self._locate(dotted)
        return self._located[dotted]

    def _locate(self, dotted: str) -> tuple[Module, str] | None:
        for _ in range(_MAX_REEXPORTS):
            parts = dotted.split(".")
            for length in range(len(parts), 0, -1):
                module = self.module(".".join(parts[:length]))
                if module is not None:
                    break
            else:
                return None
            rest = parts[length:]
            known = not rest or rest[0] in module.functions or rest[0] in module.classes or rest[0] in module.assigned
            if known or rest[0] not in module.imports:
                return module, ".".join(rest)
            dotted = ".".join([module.imports[rest[0]], *rest[1:]])
        return None

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        """What names of own modules begin with: most imports are of others, and need no further look at the disk."""
        try:
            return frozenset(each.stem for each in self.root.iterdir())
        except OSError:
            return frozenset()

    def _load(self, name: str) -> Module | None:
        parts = name.split(".")
        if parts[0] not in self._beginnings or not all(part.isidentifier() for part in parts):
            return None
        try:
            path = module_file(self.root, parts)
            if path is None:
                return None
            return self._parse(path, name, name if path.name == "__init__.py" else ".".join(parts[:-1]))
        except OSError as error:
            problem = CumuloError(f"cannot be read ({error.strerror})", where=self._name(Path(error.filename)))
        except CumuloError as error:
            problem = error
        # A folder that may not be entered is in the way of every module in it.
        if problem.where not in {each.where for each in self.problems}:
            self.problems.append(problem)
        return None

    def _name(self, path: Path) -> str:
        inside = path.is_relative_to(self._named_from)
        return (path.relative_to(self._named_from) if inside else path).as_posix()

    def _parse(self, path: Path, name: str, package: str) -> Module:
        file, state = self._name(path), path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise CumuloError("is no regular file", where=file)
        if state.st_size > MAX_SOURCE_BYTES:
            raise CumuloError(f"is larger than {MAX_SOURCE_BYTES // 1_000_000} MB", where=file)
        raw = path.read_bytes()
        with warnings.catch_warnings():
            # What the code's own escapes and comparisons make the compiler say is not ours to print.
            warnings.simplefilter("ignore")
            tree = parse(raw, file)
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        return Module(name, file, raw.decode(encoding), tree, package)
