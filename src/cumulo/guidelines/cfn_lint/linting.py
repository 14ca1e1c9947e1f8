"""cfn-lint's findings, in the same report as ours.

It runs beside our rules in another process, and only for templates that it has not seen yet.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from cumulo.guidelines.cfn_lint.process import Worker, is_installed, start_worker
from cumulo.guidelines.finding import Finding, RuleInfo, Severity
from cumulo.guidelines.relations.types import TABLE
from cumulo.guidelines.system import Stack, System

FAILED = "CHK005"
DEFAULT_REGION = "us-east-1"
_PATIENCE = 300  # seconds
_FORMAT = "2"
_NONE_FITS = ("E3017", "E3018")  # anyOf, oneOf
_MOST_ALTERNATIVES = 8
_SEVERITIES = {"error": Severity.ERROR, "warning": Severity.WARNING, "informational": Severity.INFO}

IGNORED: Mapping[str, str] = {
    "I3011": "DDB003 judges retain policies, in production only: a stage for tests is meant to vanish",
    "I3013": "DDB002 judges backups",
    "I3042": "a partition in an ARN matters to those who ship to China or GovCloud, and their deploys say so",
    "W2531": "FN005 judges the end of runtimes",
    "E2531": "FN005 judges the end of runtimes",
    "E2533": "FN005 judges the end of runtimes",
    "W1011": "SEC002 judges secret parameters",
    "W4002": "SEC002 judges secret parameters",
    "W2501": "SEC002 judges passwords, and says how to mend them",
    "E3505": "SQS002 judges visibility timeouts, and says what a better one is",
}
"""Rules of cfn-lint that are left out, and why."""


IGNORED_OF_CONSTRUCTS: Mapping[str, str] = {
    "W3005": "the CDK writes a DependsOn more than it needs",
    "W3010": "the CDK looks up the availability zones, and writes them down",
    "W3045": "the CDK gives buckets for access logs an ACL",
}
"""Rules of cfn-lint that are left out where the CDK wrote the template, and why."""


@dataclass(frozen=True)
class Lint:
    """cfn-lint at work.

    Parameters
    ----------
    system
        What it judges.
    cache
        Folder that remembers what it said; ``None`` to ask each time.
    known
        What is remembered, by template.
    asked
        The templates that it was asked about, by their keys in the cache.
    process
        The worker; ``None`` when nothing had to be asked.
    """

    system: System
    cache: Path | None
    known: Mapping[str, list[dict[str, Any]]]
    keys: tuple[str, ...]
    asked: tuple[str, ...] = ()
    process: Worker | None = None
    request: bytes = b""

    def findings(self) -> tuple[list[Finding], dict[str, RuleInfo]]:
        """Wait for it and return what it found, with what its rules say about themselves."""
        answers: dict[str, list[dict[str, Any]] | str] = {**self.known, **self._answers()}
        found: list[Finding] = []
        infos: dict[str, RuleInfo] = {}
        for stack, key in zip(_written(self.system), self.keys, strict=True):
            answer = answers[key]
            if isinstance(answer, str):
                found.append(_failure(stack, answer))
                continue
            for match in _without_alternatives(answer):
                finding = _finding(stack, match)
                if not _is_noise(stack, finding) and not self._is_repeated(stack, match):
                    found.append(finding)
                    infos[finding.rule] = RuleInfo(finding.rule, match["title"], match["why"], "", finding.severity)
        return found, infos

    def _is_repeated(self, stack: Stack, match: Mapping[str, Any]) -> bool:
        """Tell whether a rule of ours has said it: DDB003 about the policies of tables in production."""
        resource = stack.resources.get(str(match["path"][1])) if len(match["path"]) > 1 else None
        return match["rule"] == "W3011" and self.system.production and resource is not None and resource.type == TABLE

    def _answers(self) -> Mapping[str, list[dict[str, Any]] | str]:
        if self.process is None or self.process.stdin is None:
            return {}
        # Stays open until the answer is there: its end tells the process that nobody waits.
        requests, self.process.stdin = self.process.stdin, None
        # Aside: a process that does not read would hold up the writer, and the patience is for both.
        sending = threading.Thread(target=_send, args=(requests, self.request), daemon=True)
        sending.start()
        try:
            out, err = self.process.communicate(timeout=_PATIENCE)
            answers = json.loads(out)
        except subprocess.TimeoutExpired:
            return dict.fromkeys(self.asked, f"it did not end within {_PATIENCE} s")
        except ValueError:
            lines = err.decode(errors="replace").strip().splitlines()
            return dict.fromkeys(self.asked, lines[-1] if lines else f"it ended with {self.process.returncode}")
        finally:
            self.process.kill()
            self.process.wait()
            sending.join()
            with suppress(BrokenPipeError):
                requests.close()
        found = dict(zip(self.asked, answers, strict=True))
        for key, answer in found.items():
            if self.cache is not None and isinstance(answer, list):
                _remember(self.cache / f"{key}.json", answer)
        return found


def _send(stream: IO[bytes], request: bytes) -> None:
    with suppress(BrokenPipeError):  # it has died, and says why
        stream.write(request)
        stream.flush()


def start(system: System, cache: Path | None, worker: Worker | None = None) -> Lint:
    """Start judging templates with cfn-lint.

    Parameters
    ----------
    system
        The templates.
    cache
        Folder for what it said before, by template, region and version of cfn-lint.
    worker
        Its process, when that was started before the templates were there.

    Returns
    -------
    Lint
        To be asked for its findings once our own rules are done.
    """
    region = system.region or DEFAULT_REGION
    about = _version() + region + _configuration(system.project)
    bodies = [json.dumps(stack.scope.template, default=str) for stack in _written(system)]
    keys = tuple(hashlib.sha256((about + body).encode()).hexdigest() for body in bodies)
    known = {key: answer for key in keys if (answer := _remembered(cache, key)) is not None}
    waiting = {key: body for key, body in zip(keys, bodies, strict=True) if key not in known}
    if not waiting:
        return Lint(system, cache, known, keys)
    request = f'{{"region": {json.dumps(region)}, "templates": [{", ".join(waiting.values())}]}}\n'
    return Lint(system, cache, known, keys, tuple(waiting), worker or start_worker(system.project), request.encode())


def _written(system: System) -> tuple[Stack, ...]:
    """Return the templates as somebody wrote them: cfn-lint knows SAM and loops itself."""
    return tuple(stack.written or stack for stack in system.stacks)


def _version() -> str:
    """Return what identifies the installed cfn-lint, without importing it."""
    spec = find_spec("cfnlint")
    if spec is None or spec.origin is None:
        return _FORMAT
    return _FORMAT + Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")


def _configuration(project: Path | None) -> str:
    """Return the user's own configuration of cfn-lint: it changes what is found."""
    names = (".cfnlintrc", ".cfnlintrc.yaml", ".cfnlintrc.yml")
    files = (folder / name for folder in (project or Path.cwd(), Path.home()) for name in names)
    return "".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file())


def _remembered(cache: Path | None, key: str) -> list[dict[str, Any]] | None:
    if cache is None:
        return None
    try:
        answer = json.loads((cache / f"{key}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    complete = isinstance(answer, list) and all(
        isinstance(match, dict) and {"rule", "message", "severity", "path", "title", "why"} <= set(match)
        for match in answer
    )
    return answer if complete else None


def _remember(file: Path, answer: list[dict[str, Any]]) -> None:
    """Write an answer at once or not at all; a cache that cannot be written is no reason to fail."""
    import tempfile

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as temporary:
            json.dump(answer, temporary)
        Path(name).replace(file)
    except OSError:
        return


def _without_alternatives(answer: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Leave out why each of many schemas does not fit where one of them has to: that none does is told, too."""
    for match in answer:
        if match["rule"] not in _NONE_FITS and match["rule"].startswith("E3"):
            path = match["path"]
            around = [each["path"] for each in answer if each["rule"] in _NONE_FITS]
            around = [each for each in around if path[: len(each)] == each]
            if any(sum(each["path"][: len(at)] == at for each in answer) > _MOST_ALTERNATIVES for at in around):
                continue
        yield match


def _finding(stack: Stack, match: Mapping[str, Any]) -> Finding:
    path = tuple(match["path"])
    inside = len(path) >= 2 and path[0] in ("Resources", "Outputs", "Parameters", "Conditions", "Mappings")
    file, line = stack.place(path)
    return Finding(
        rule=match["rule"],
        severity=_SEVERITIES.get(match["severity"], Severity.WARNING),
        subject=stack.subject(str(path[1])) if inside else stack.name,
        message=_with_place(match["message"], path, stack),
        file=file,
        line=line,
    )


def _is_noise(stack: Stack, finding: Finding) -> bool:
    if finding.rule in IGNORED or (stack.constructs and finding.rule in IGNORED_OF_CONSTRUCTS):
        return True
    return finding.subject in {stack.subject(logical_id) for logical_id in stack.beyond}


def _with_place(message: str, path: Sequence[str | int], stack: Stack) -> str:
    """Say which property is meant, where the line is a declaration's in Python."""
    inner = ".".join(str(part) for part in path[2:])
    return f"{inner}: {message}" if inner and stack.sources else str(message)


def _failure(stack: Stack, why: str) -> Finding:
    message = f"cfn-lint could not judge the template: {' '.join(why.split())[:300]}"
    return Finding(FAILED, Severity.ERROR, stack.name, message, "", stack.file)


def covers(rule: str) -> bool:
    """Tell whether an id is one of cfn-lint's own."""
    return len(rule) == 5 and rule[0] in "EWI" and rule[1:].isdigit() and rule not in IGNORED


def not_installed() -> Iterator[Finding]:
    """Yield the finding that nobody judged the templates' form."""
    if not is_installed():
        message = "cfn-lint is not installed: nothing judges whether the templates are valid"
        yield Finding(FAILED, Severity.INFO, "cfn-lint", message, "pip install 'cumulo[check]'")
