"""From findings to changed files: what would change, and writing it."""

from __future__ import annotations

import codecs
import difflib
import io
import os
import tempfile
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError
from cumulo.guidelines.edits import Edit, Put, Replace, is_generated
from cumulo.guidelines.finding import Finding, Report
from cumulo.guidelines.system import System


@dataclass(frozen=True)
class Change:
    """A file that would change.

    Parameters
    ----------
    name
        What findings call it.
    path
        Where it is.
    before, after
        What is in it, and what would be.
    encoding
        How it is written.
    """

    name: str
    path: Path
    before: bytes
    after: bytes
    encoding: str

    def diff(self) -> list[str]:
        """Return the lines of a unified diff."""
        before, after = (content.decode(self.encoding).splitlines() for content in (self.before, self.after))
        return list(difflib.unified_diff(before, after, f"a/{self.name}", f"b/{self.name}", lineterm=""))


@dataclass(frozen=True)
class Mending:
    """What edits come to.

    Parameters
    ----------
    changes
        The files that would change.
    findings
        How many findings that mends.
    left_out
        What cannot be done, and why: one line each.
    """

    changes: tuple[Change, ...]
    findings: int
    left_out: tuple[str, ...]


def plan(report: Report, system: System, files: Iterable[Path]) -> Mending:
    """Work out what the edits of a report change, and change nothing.

    Parameters
    ----------
    report
        What was found. Only what is neither accepted nor in the baseline is mended.
    system
        What was judged.
    files
        The templates that may be changed; Python files may be when they are the project's own.
    """
    owners = {id(edit): finding for finding in report.findings for edit in finding.edits}
    left_out: list[tuple[Edit, str]] = []
    changes: list[Change] = []
    allowed = {str(path): path for path in files}
    for name, edits in _by_file(report.findings).items():
        puts = [edit for edit in edits if isinstance(edit, Put)]
        replaces = [edit for edit in edits if isinstance(edit, Replace)]
        try:
            if puts:
                changes += _template(name, puts, allowed, system, left_out)
            if replaces:
                changes += _python(name, replaces, report.texts, system, left_out)
        except (OSError, ValueError, CumuloError) as problem:
            why = problem.strerror if isinstance(problem, OSError) else "it is not what was judged"
            left_out += [(edit, why or "it cannot be read") for edit in edits]
    failed = [(owners[id(edit)], why) for edit, why in left_out]
    mended = {id(finding) for finding in report.findings if finding.edits} - {id(finding) for finding, _ in failed}
    lines = [f"{_where(finding)}: {finding.rule} is left to you: {why}" for finding, why in failed]
    return Mending(tuple(changes), len(mended), tuple(dict.fromkeys(lines)))


def write(change: Change) -> None:
    """Write a file at once or not at all, with the rights that it had.

    Raises
    ------
    CumuloError
        When it was changed by somebody else, is read-only, or cannot be written.
    """
    temporary: Path | None = None
    try:
        path = change.path.resolve()
        if path.read_bytes() != change.before:
            raise CumuloError("was changed meanwhile: it is left alone", where=change.name, hint="run it again")
        mode = path.stat().st_mode & 0o7777
        if not mode & 0o222:
            # A file takes another one's place whatever its own rights are: only its folder's count.
            raise CumuloError("is read-only: it is left alone", where=change.name, hint="chmod u+w, and run it again")
        handle, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(made)
        with os.fdopen(handle, "wb") as file:
            file.write(change.after)
        temporary.chmod(mode)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise CumuloError(f"cannot be written ({error.strerror})", where=change.name) from None


def _by_file(findings: Iterable[Finding]) -> Mapping[str, list[Edit]]:
    found: dict[str, list[Edit]] = {}
    for finding in findings:
        for edit in finding.edits:
            found.setdefault(edit.file, []).append(edit)
    return found


def _template(
    name: str, puts: list[Put], allowed: Mapping[str, Path], system: System, left_out: list[tuple[Edit, str]]
) -> Iterator[Change]:
    from cumulo.guidelines.mending.template import put_values
    from cumulo.guidelines.template.reading import parse_template

    if name not in allowed or is_generated(name):
        left_out += [(put, "the template is generated: change what it is made from") for put in puts]
        return
    raw = allowed[name].read_bytes()
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    text = raw[len(mark) :].decode("utf-8")
    data = parse_template(allowed[name], text).data
    wanted: list[Put] = []
    for put in puts:
        if _is_as_judged(put, data, system):
            wanted.append(put)
        else:
            left_out.append((put, "the file does not say what was judged"))
    new, failed = put_values(allowed[name], text, wanted)
    left_out += failed
    if new != text:
        yield Change(name, allowed[name], raw, mark + new.encode(), "utf-8-sig")


def _is_as_judged(put: Put, data: Mapping[str, Any], system: System) -> bool:
    """Tell whether the file says of the resource what was judged, before a transform was expanded."""
    section, name = str(put.path[0]), str(put.path[1])
    written = ((stack.written or stack).scope for stack in system.stacks if stack.file == put.file)
    return any(scope.section(section).get(name) == data.get(section, {}).get(name) for scope in written)


def _python(
    name: str, replaces: list[Replace], texts: Mapping[str, str], system: System, left_out: list[tuple[Edit, str]]
) -> Iterator[Change]:
    from cumulo.guidelines.mending.python import replace_pieces

    base = (system.project or Path()).resolve()
    path = base / name
    if not path.resolve().is_relative_to(base):
        left_out += [(each, "the file is not in the project") for each in replaces]
        return
    raw = path.read_bytes()
    encoding = tokenize.detect_encoding(io.BytesIO(raw).readline)[0]
    text = raw.decode(encoding)
    if text != texts.get(name):
        left_out += [(each, "the file was changed while it was judged") for each in replaces]
        return
    new, failed = replace_pieces(text, replaces)
    left_out += failed
    if new != text:
        yield Change(name, path, raw, new.encode(encoding), encoding)


def _where(finding: Finding) -> str:
    return ":".join(str(part) for part in (finding.file, finding.line) if part)
