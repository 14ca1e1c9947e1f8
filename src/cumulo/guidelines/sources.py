"""Where the Python source lies of the functions that templates declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cumulo.guidelines.finding import Finding
from cumulo.guidelines.source.code import Code
from cumulo.guidelines.system import FunctionCode, Resource, Stack, System
from cumulo.guidelines.wording import together
from cumulo.synth.assets.modules import module_file

_CODE = {"AWS::Lambda::Function": "Code", "AWS::Serverless::Function": "CodeUri"}
_BUILT = ".aws-sam"


def code_of_stacks(stacks: Sequence[Stack], source: Path | None) -> Iterator[FunctionCode]:
    """Find the source of Python functions.

    Parameters
    ----------
    stacks
        The stacks.
    source
        Folder that handlers are imported from when a function does not say where its code is. Without it, only
        folders are read that a function names as its code (``CodeUri: src/``), from its template's place on.

    Yields
    ------
    FunctionCode
        One for each handler whose module is there.
    """
    for stack in stacks:
        for resource in (stack.written or stack).resources.values():
            if resource.type in _CODE and resource.id not in stack.beyond:
                yield from _code(stack, resource, source)


def _code(stack: Stack, written: Resource, source: Path | None) -> Iterator[FunctionCode]:
    function = stack.resources.get(written.id, written)
    runtimes = [value.text for value in function.get("Runtime") if value.text]
    if any(not runtime.startswith("python") for runtime in runtimes):
        return
    places = list(_places(stack, written))
    for handler in sorted({value.text for value in function.get("Handler") if value.text}):
        for root in (*places, *_given(source, handler)):
            if _exists(root, handler):
                yield FunctionCode(stack.subject(written.id), handler, root)
                break


def _given(source: Path | None, handler: str) -> Iterator[Path]:
    """Yield where a handler may be imported from by ``--source src``: ``app.handler``, or ``src/app.handler``."""
    if source is not None:
        yield source
        if handler.replace("/", ".").startswith(f"{source.resolve().name}."):
            yield source.resolve().parent


def _places(stack: Stack, written: Resource) -> Iterator[Path]:
    """Yield the folders that a function names as its code."""
    key = _CODE[written.type]
    folder = Path(stack.file).parent
    values = [value for value in written.get(key) if not value.absent]
    if not values and written.type == "AWS::Serverless::Function":
        shared = (stack.written or stack).scope.section("Globals").get("Function")
        uri = shared.get("CodeUri") if isinstance(shared, dict) else None
        texts = [uri] if isinstance(uri, str) else []
    else:
        texts = [value.text for value in values if value.text]
    for text in texts:
        local = "://" not in text and "\0" not in text and not Path(text).is_absolute()
        if local and _BUILT not in folder.resolve().parts and (folder / text).is_dir():
            yield folder / text


def _exists(root: Path, handler: str) -> bool:
    module, _, name = handler.replace("/", ".").rpartition(".")
    parts = module.split(".")
    if not name or not all(part.isidentifier() for part in parts):
        return False
    try:
        return module_file(root, parts) is not None
    except OSError:
        # Something lies there, and what is wrong with it is said when it is read.
        return True


@dataclass(frozen=True)
class Source:
    """The code below one root, and whose it is.

    Parameters
    ----------
    code
        The code.
    owners
        The functions that run each piece of it, where a template declares them: by ``file:function``, and by file
        for what runs when it is imported.
    """

    code: Code
    owners: Mapping[str, tuple[str, ...]]

    def named(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Say of findings in the code which functions they concern."""
        for finding in findings:
            owners = self.owners.get(finding.subject) or self.owners.get(finding.file or "", ())
            if owners:
                yield replace(finding, subject=f"{finding.subject} in {together(owners)}")
            else:
                yield finding


def codes(system: System) -> list[Source]:
    """Return the code that the system's functions run: one piece for each folder that modules are imported from."""
    if not system.functions and not system.code:
        return []
    from cumulo.guidelines.source.project import Project
    from cumulo.guidelines.source.reach import code_of

    found: list[Source] = []
    if system.project is not None and system.functions:
        own = code_of(system.project, [function.handler for function in system.functions])
        found.append(Source(replace(own, facts=system.facts), {}))
    by_root: dict[Path, list[FunctionCode]] = {}
    for function in system.code:
        by_root.setdefault(function.root.resolve(), []).append(function)
    for root, functions in by_root.items():
        project = Project(root, system.project.resolve() if system.project else None)
        owners: dict[str, set[str]] = {}
        for function in functions:
            reached = code_of(root, [function.handler], project)
            pieces = [each.spot(each.node).subject for each in reached.functions]
            for piece in (*pieces, *(module.file for module in reached.modules)):
                owners.setdefault(piece, set()).add(function.subject)
        code = code_of(root, [function.handler for function in functions], project)
        found.append(Source(code, {piece: tuple(sorted(names)) for piece, names in owners.items()}))
    return found
