"""Which templates an argument of ``cumulo check`` names, and what is known about their place."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cumulo.errors import CumuloError

_SUFFIXES = (".yaml", ".yml", ".json", ".template")
_LEFT_OUT = frozenset({"node_modules", "venv", "site-packages", "__pycache__"})
_MOST_FILES = 20_000
_MOST_BYTES = 5_000_000
_BUILDS = {".serverless": "cloudformation-template-update-stack.json"}
"""Folders of packages: of the Serverless Framework's, only the template that has the system in it."""


@dataclass(frozen=True)
class Placed:
    """A template's file, and what is known about its stack.

    Parameters
    ----------
    path
        The file.
    name
        The stack's name; by default the file's.
    account, region
        Where it is meant for.
    protected
        Whether it has termination protection.
    names
        What findings call its resources, by logical id.
    nested
        The templates of stacks nested in it, by logical id.
    generated
        Whether a tool wrote the file: it is not mended, as the tool would write it again.
    """

    path: Path
    name: str | None = None
    account: str | None = None
    region: str | None = None
    protected: bool | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    nested: Mapping[str, Placed] = field(default_factory=dict)
    generated: bool = False


def templates_of(
    argument: Path, assemblies: dict[Path, Mapping[Path, Placed]], problems: list[CumuloError]
) -> Iterator[Placed]:
    """Yield the templates that an argument names.

    Parameters
    ----------
    argument
        A template, also one that lies in a CDK app's ``cdk.out``; that folder itself; the ``.serverless`` or
        ``.aws-sam/build`` folder of a package; or any other folder, for the templates in it and below. Hidden
        folders, ``node_modules`` and virtual environments below it are left out, and links to folders are not
        followed.
    assemblies
        What is known of folders from earlier arguments; filled, so that a CDK app of many templates is read once.
    problems
        What cannot be read; filled, as the rest can: a folder without a template in it, one that may not be entered,
        a manifest of the CDK that is broken.
    """
    if not _is_folder(argument):
        folder = argument.parent
        if folder not in assemblies:
            assemblies[folder] = _in_assembly(folder, problems)
        yield assemblies[folder].get(argument) or Placed(argument)
        return
    before, found = len(problems), False
    for placed in _in_folder(argument, problems):
        found = True
        yield placed
    if not found and len(problems) == before:
        hint = "name the template, or `cdk synth` first"
        problems.append(CumuloError("has no CloudFormation template in it", where=str(argument), hint=hint))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        # It lies in a folder that may not be entered; reading it says so.
        return False


def _in_assembly(folder: Path, problems: list[CumuloError]) -> Mapping[Path, Placed]:
    """Return the templates of a CDK app's folder by their files; none of any other folder."""
    from cumulo.guidelines.template import cdk

    try:
        if not (folder / cdk.MANIFEST).is_file() or not cdk.is_assembly(folder):
            return {}
        waiting = list(cdk.stacks(folder))
    except CumuloError as problem:
        problems.append(problem)
        return {}
    except OSError:
        return {}
    found: dict[Path, Placed] = {}
    while waiting:
        placed = waiting.pop()
        found[placed.path] = placed
        waiting += placed.nested.values()
    return found


def _in_folder(folder: Path, problems: list[CumuloError]) -> Iterator[Placed]:
    build = folder / _BUILDS.get(folder.resolve().name, "template.yaml")
    if folder.resolve().name in (*_BUILDS, "build") and build.is_file() and _looks_like_template(build):
        yield Placed(build, generated=True)
        return

    def cannot_enter(error: OSError) -> None:
        problems.append(CumuloError(f"cannot be read ({error.strerror})", where=str(error.filename)))

    seen = 0
    for here, below, files in os.walk(folder, onerror=cannot_enter):
        place = Path(here)
        assembly = _assembly(place, files, problems)
        if assembly is not None:
            below.clear()
            yield from assembly
            continue
        below[:] = sorted(name for name in below if not name.startswith(".") and name not in _LEFT_OUT)
        for name in sorted(files):
            seen += 1
            if seen > _MOST_FILES:
                hint = "name the templates"
                problems.append(CumuloError(f"has more than {_MOST_FILES} files", where=str(folder), hint=hint))
                return
            if name.endswith(_SUFFIXES) and _looks_like_template(place / name):
                yield Placed(place / name)


def _assembly(folder: Path, files: Sequence[str], problems: list[CumuloError]) -> list[Placed] | None:
    """Return the stacks of a CDK app's folder; ``None`` for any other, and where its manifest cannot be followed."""
    from cumulo.guidelines.template import cdk

    try:
        return list(cdk.stacks(folder)) if cdk.MANIFEST in files and cdk.is_assembly(folder) else None
    except CumuloError as problem:
        problems.append(problem)
        return None


def _looks_like_template(path: Path) -> bool:
    """Tell whether a file in a folder is worth reading: it has resources, and their types are of AWS's kind."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES)
    except OSError:
        return False
    return b"Resources" in raw and (b"AWS::" in raw or b"Custom::" in raw or b"AWSTemplateFormatVersion" in raw)
