"""A project's own modules, parsed when they are asked for."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

MAX_SOURCE_BYTES = 2_000_000
_MAX_REEXPORTS = 10

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False)
class Module:
    """A parsed module of the project.

    Parameters
    ----------
    name
        Its dotted name: ``"functions.items"``.
    file
        Its file, relative to the project.
    text
        The source.
    tree
        The syntax tree.
    package
        Dotted name of the package that relative imports start from.
    """

    name: str
    file: str
    text: str
    tree: ast.Module
    package: str

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """What imported names stand for, by local name: ``{"make": "boto3.client"}``."""
        return dict(self._imported())

    @cached_property
    def functions(self) -> Mapping[str, FunctionNode]:
        """Functions and methods by name: ``"create"``, ``"Repository.list"``."""
        found: dict[str, FunctionNode] = {}
        for node in _definitions(self.tree.body):
            if isinstance(node, ast.ClassDef):
                inner = (each for each in _definitions(node.body) if not isinstance(each, ast.ClassDef))
                found.update({f"{node.name}.{each.name}": each for each in inner})
            else:
                found[node.name] = node
        return found

    @cached_property
    def classes(self) -> Mapping[str, ast.ClassDef]:
        """Classes by name."""
        return {node.name: node for node in _definitions(self.tree.body) if isinstance(node, ast.ClassDef)}

    @cached_property
    def assigned(self) -> Mapping[str, ast.expr]:
        """What module-level names are assigned; the last assignment counts."""
        return dict(assignments(self.tree.body))

    @cached_property
    def top_level(self) -> tuple[ast.AST, ...]:
        """The nodes that run when the module is imported, ``if __name__ == "__main__":`` excepted."""
        return tuple(_top_level(self.tree.body))

    def _imported(self) -> Iterator[tuple[str, str]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.split(".")[0]
                    yield (alias.asname, alias.name) if alias.asname else (top, top)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                for alias in node.names:
                    yield alias.asname or alias.name, f"{base}.{alias.name}" if base else alias.name

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.package.split(".") if self.package else []
        parts = parts[: len(parts) - (node.level - 1)]
        return ".".join([*parts, *([node.module] if node.module else [])])


def assignments(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Yield names and what they are assigned, in a body and the blocks within it."""
    for statement in body:
        if isinstance(statement, ast.Assign):
            yield from ((t.id, statement.value) for t in statement.targets if isinstance(t, ast.Name))
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            yield statement.target.id, statement.value
        elif isinstance(statement, ast.With | ast.AsyncWith):
            names = ((item.optional_vars, item.context_expr) for item in statement.items)
            yield from ((name.id, value) for name, value in names if isinstance(name, ast.Name))
        for block in _blocks(statement):
            yield from assignments(block)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of a compound statement, definitions excepted."""
    if isinstance(statement, FunctionNode | ast.ClassDef):
        return
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if isinstance(block, list):
            yield block
    for handler in getattr(statement, "handlers", ()):
        yield handler.body


def _definitions(body: list[ast.stmt]) -> Iterator[FunctionNode | ast.ClassDef]:
    """Yield functions and classes of a body, those behind ``if`` and ``try`` included."""
    for statement in body:
        if isinstance(statement, FunctionNode | ast.ClassDef):
            yield statement
        for block in _blocks(statement):
            yield from _definitions(block)


def _top_level(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        if isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test):
            continue
        yield from _outside_functions(statement)


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, FunctionNode | ast.Lambda):
        for decorator in getattr(node, "decorator_list", ()):
            yield from ast.walk(decorator)
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            yield from ast.walk(default)
        return
    for child in ast.iter_child_nodes(node):
        yield from _outside_functions(child)


class Project:
    """The project's modules.

    Parameters
    ----------
    root
        Where imports start: the project's folder.

    Attributes
    ----------
    problems
        Files that could not be read or parsed: file, line, and what is wrong.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
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

    def _parse(self, path: Path, name: str, package: str) -> Module | None:
        file = path.relative_to(self.root).as_posix()
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
