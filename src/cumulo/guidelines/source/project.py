"""A project's own modules, parsed when they are asked for."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

from cumulo.guidelines.source.module import Module

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
        Files that could not be read or parsed: file, line, and what is wrong.
    """

    def __init__(self, root: Path, named_from: Path | None = None) -> None:
        self.root = root
        self._named_from = named_from or root
        self.problems: list[tuple[str, int | None, str]] = []
        self._modules: dict[str, Module | None] = {}

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

    def _load(self, name: str) -> Module | None:
        parts = name.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        base = self.root.joinpath(*parts)
        for path, package in ((base.with_suffix(".py"), ".".join(parts[:-1])), (base / "__init__.py", name)):
            try:
                if path.is_file():
                    return self._parse(path, name, package)
            except OSError:
                # A loop of symbolic links, or a folder that may not be entered: not a module of the project.
                return None
        return None

    def _name(self, path: Path) -> str:
        inside = path.is_relative_to(self._named_from)
        return (path.relative_to(self._named_from) if inside else path).as_posix()

    def _parse(self, path: Path, name: str, package: str) -> Module | None:
        file = self._name(path)
        try:
            raw = path.read_bytes()
        except OSError as error:
            self.problems.append((file, None, f"cannot be read ({error.strerror})"))
            return None
        if len(raw) > MAX_SOURCE_BYTES:
            self.problems.append((file, None, f"is larger than {MAX_SOURCE_BYTES // 1_000_000} MB"))
            return None
        try:
            with warnings.catch_warnings():
                # What the code's own escapes and comparisons make the compiler say is not ours to print.
                warnings.simplefilter("ignore")
                tree = ast.parse(raw, filename=file)
            text = raw.decode(_encoding(raw))
        except SyntaxError as error:
            self.problems.append((file, error.lineno, f"does not parse: {error.msg}"))
            return None
        except (ValueError, RecursionError, MemoryError):
            self.problems.append((file, None, "does not parse: it is no Python source"))
            return None
        return Module(name, file, text, tree, package)


def _encoding(raw: bytes) -> str:
    import io
    import tokenize

    return tokenize.detect_encoding(io.BytesIO(raw).readline)[0]
