"""Templates of anybody, from the command line's arguments to the system that is judged."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError
from cumulo.guidelines.assembled import export
from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.nesting import Nesting, connect, nested_in
from cumulo.guidelines.own_rules import NOT_EXPANDED
from cumulo.guidelines.parameters import check_parameters
from cumulo.guidelines.sources import code_of_stacks
from cumulo.guidelines.system import Stack, System
from cumulo.guidelines.template import cdk, sam
from cumulo.guidelines.template.includes import with_definitions
from cumulo.guidelines.template.links import Link
from cumulo.guidelines.template.loops import write_out_loops
from cumulo.guidelines.template.origins import trace
from cumulo.guidelines.template.placing import Placed, templates_of
from cumulo.guidelines.template.reading import TemplateFile, read_template
from cumulo.guidelines.template.values import Scope

_TOOLS_OWN = re.compile(
    r"[0-9a-f]{32}|CustomResourceProvider|(^|/)Custom::|^CustomDash|framework-?(onEvent|isComplete|onTimeout)|"
    r"waiter-?state-?machine|IamRoleCustomResourcesLambdaExecution",
    re.IGNORECASE,
)
"""What the CDK and the Serverless Framework add for themselves: singleton functions end in 32 hexadecimal digits."""

_MAX_NESTED = 200


@dataclass(frozen=True)
class Loaded:
    """Templates that were read.

    Parameters
    ----------
    system
        What is judged.
    before
        What was found while they were read.
    files
        The templates' files.
    """

    system: System
    before: tuple[Finding, ...] = ()
    files: tuple[Path, ...] = ()


@dataclass
class _Work:
    """The work in progress."""

    cache: Path | None
    parameters: Mapping[str, str]
    stage: str
    exports: dict[str, Link] = field(default_factory=dict)
    stacks: dict[Path, Stack] = field(default_factory=dict)
    parents: list[Nesting] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def load(
    arguments: Iterable[Path],
    *,
    stage: str = "",
    production: bool = False,
    project: Path | None = None,
    source: Path | None = None,
    parameters: Mapping[str, str] | None = None,
    cache: Path | None = None,
) -> Loaded:
    """Read templates and connect them: nested stacks, exports, the source of their functions.

    Parameters
    ----------
    arguments
        Templates and folders; see `templates_of`.
    stage
        Name of the stage: on production, what parameters are that allow it.
    production
        Whether production's rules hold.
    project
        Folder that source files are named from.
    source
        Folder that Python handlers are imported from, when their own ``CodeUri`` does not say.
    parameters
        Values of the templates' parameters.
    cache
        Folder that remembers the expansions of SAM templates.

    Returns
    -------
    Loaded
        Whatever could be read; the rest is among what was found.

    Raises
    ------
    UsageError
        When no template takes a value that is given for a parameter.
    """
    work = _Work(cache / "sam" if cache is not None else None, parameters or {}, stage if production else "")
    assemblies: dict[Path, Mapping[Path, Placed]] = {}
    for argument in dict.fromkeys(arguments):
        problems: list[CumuloError] = []
        for placed in templates_of(argument, assemblies, problems):
            try:
                _read(work, placed)
            except CumuloError as problem:
                problems.append(problem)
        work.findings += map(_unreadable, problems)
    stacks = tuple(work.stacks.values())
    check_parameters(stacks, work.parameters)
    connect(work.stacks, work.parents)
    export(work.exports, stacks)
    regions = {stack.scope.pseudo.get("AWS::Region") for stack in stacks}
    system = System(
        stacks,
        production=production,
        region=regions.pop() if len(regions) == 1 else None,
        project=project,
        code=tuple(code_of_stacks(stacks, source)),
    )
    return Loaded(system, tuple(work.findings), tuple(Path(stack.file) for stack in stacks))


def _unreadable(problem: CumuloError) -> Finding:
    from cumulo.guidelines.engine import unreadable

    return unreadable(problem)


def _read(work: _Work, placed: Placed) -> None:
    """Read a template and the stacks nested in it; each file once."""
    from cumulo.guidelines.engine import more_documents, repeated

    key = Path(os.path.realpath(placed.path))
    if key in work.stacks:
        return
    if len(work.stacks) >= _MAX_NESTED:
        raise CumuloError(f"there are more than {_MAX_NESTED} templates", where=str(placed.path))
    file = read_template(placed.path)
    work.findings += (*repeated(file), *more_documents(file))
    stack = work.stacks[key] = _stack(work, placed, file)
    for logical_id, inner in nested_in(stack, placed):
        try:
            _read(work, inner)
        except CumuloError as problem:
            work.findings.append(_unreadable(problem))
        else:
            work.parents.append((stack, logical_id, Path(os.path.realpath(inner.path))))


def _stack(work: _Work, placed: Placed, file: TemplateFile) -> Stack:
    known = {"AWS::StackName": placed.name, "AWS::Region": placed.region, "AWS::AccountId": placed.account}
    template, lines = write_out_loops(file.data, file.lines)
    scope = Scope(
        str(placed.path),
        template,
        {name: value for name, value in known.items() if value},
        work.exports,
        passed={},
        outputs={},
        chosen={**_of_stage(template, work.stage), **work.parameters},
    )
    paths = {**_construct_paths(template), **placed.names}
    stack = Stack(
        name=placed.name or file.path.name.split(".")[0] or file.path.name,
        scope=scope,
        file=str(file.path),
        lines=lines,
        protected=placed.protected,
        names=paths,
        generated=placed.generated,
        constructs=bool(paths) or "BootstrapVersion" in scope.section("Parameters"),
    )
    if template is not file.data:
        stack = replace(stack, written=replace(stack, scope=replace(scope, template=file.data), lines=file.lines))
    work.findings += _macros(stack)
    if sam.is_sam(template):
        stack = _expanded(work, stack)
    beyond = {
        logical_id
        for logical_id, resource in stack.resources.items()
        if any(map(_TOOLS_OWN.search, (logical_id, stack.names.get(logical_id, ""))))
        or resource.type == "AWS::CDK::Metadata"
    }
    return replace(stack, beyond=stack.beyond | beyond)


def _construct_paths(template: Mapping[str, Any]) -> dict[str, str]:
    """Return the paths of CDK constructs that a template itself tells."""
    found: dict[str, str] = {}
    resources = template.get("Resources")
    for logical_id, body in resources.items() if isinstance(resources, Mapping) else ():
        metadata = body.get("Metadata") if isinstance(body, Mapping) else None
        path = metadata.get("aws:cdk:path") if isinstance(metadata, Mapping) else None
        if isinstance(path, str):
            found[logical_id] = cdk.short(path)
    return found


def _expanded(work: _Work, stack: Stack) -> Stack:
    try:
        template, origins = sam.expand_sam(
            with_definitions(stack.scope.template, Path(stack.file).parent),
            region=stack.scope.pseudo.get("AWS::Region"),
            cache=work.cache,
        )
    except CumuloError as problem:
        work.findings.append(_not_expanded(stack, problem))
        return stack
    traced = trace(stack.scope.template, template, stack.lines, origins)
    return replace(
        stack,
        scope=replace(stack.scope, template=template),
        lines=traced.lines,
        names={**stack.names, **traced.owners},
        beyond=traced.beyond,
        writable=traced.writable,
        fixed=traced.fixed,
        made=traced.made,
        written=stack.written or stack,
    )


def _not_expanded(stack: Stack, problem: CumuloError) -> Finding:
    message = f"{problem.what}: its SAM resources are not judged"
    named = re.search(r"id \[(\w+)\]", message)
    path = ("Resources", named[1]) if named else ("Transform",)
    file, line = stack.place(path)
    fix = problem.hint or "mend what it names: a deployment would fail, too"
    return Finding(NOT_EXPANDED, Severity.WARNING, stack.name, message, fix, file, line)


def _macros(stack: Stack) -> Iterator[Finding]:
    """Yield what runs over the whole template when it is deployed, and is not known here."""
    found = stack.scope.template.get("Transform")
    for name in found if isinstance(found, list) else [found]:
        if isinstance(name, Mapping):
            name = name.get("Name")
        if isinstance(name, str) and not name.startswith("AWS::"):
            file, line = stack.place(("Transform",))
            message = f"the macro {name} is not expanded: what it makes of the template is not judged"
            fix = "check the template that the change set shows, too"
            yield Finding(NOT_EXPANDED, Severity.INFO, stack.name, message, fix, file, line)


def _of_stage(template: Mapping[str, Any], stage: str) -> Mapping[str, str]:
    """Return the parameters that allow a stage's name, which is what they are on that stage."""
    parameters = template.get("Parameters")
    if not stage or not isinstance(parameters, Mapping):
        return {}
    allowing = (
        name
        for name, parameter in parameters.items()
        if isinstance(parameter, Mapping)
        and isinstance(parameter.get("AllowedValues"), list)
        and stage in parameter["AllowedValues"]
    )
    return dict.fromkeys(allowing, stage)
