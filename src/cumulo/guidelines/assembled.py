"""Making a system: of an assembly, or of template files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cumulo.assembly import Assembly, StackArtifact
from cumulo.guidelines.system import Stack, System
from cumulo.guidelines.template.links import Link
from cumulo.guidelines.template.reading import TemplateFile
from cumulo.guidelines.template.values import Scope, Value


def of_assembly(assembly: Assembly) -> System:
    """See an assembly as rules do."""
    exports: dict[str, Link] = {}
    stacks = tuple(_stack(assembly, artifact, exports) for artifact in assembly.stacks)
    export(exports, stacks)
    return System(
        stacks,
        production=assembly.production,
        region=assembly.region,
        project=assembly.project,
        functions=assembly.functions,
        app=assembly.app,
        stage=assembly.stage,
    )


def of_templates(
    files: Sequence[TemplateFile], *, production: bool = False, region: str | None = None, project: Path | None = None
) -> System:
    """See template files as rules do: what one exports, the others import."""
    exports: dict[str, Link] = {}
    pseudo = {"AWS::Region": region} if region else {}
    stacks = tuple(
        Stack(
            name=file.path.name.split(".")[0] or file.path.name,
            scope=Scope(str(file.path), file.data, pseudo, exports),
            file=str(file.path),
            lines=file.lines,
        )
        for file in files
    )
    export(exports, stacks)
    return System(stacks, production, region, project)


def _stack(assembly: Assembly, artifact: StackArtifact, exports: Mapping[str, Link]) -> Stack:
    known = {
        "AWS::StackName": artifact.name,
        "AWS::Region": assembly.region,
        "AWS::AccountId": assembly.account,
    }
    pseudo = {name: value for name, value in known.items() if value}
    file = assembly.folder / f"{artifact.id}.template.json"
    return Stack(
        name=artifact.name,
        scope=Scope(artifact.id, artifact.template, pseudo, exports),
        file=str(file.relative_to(assembly.project) if file.is_relative_to(assembly.project) else file),
        sources=artifact.sources,
        accepted=artifact.accepted,
        protected=artifact.termination_protection,
    )


def export(exports: dict[str, Link], stacks: Sequence[Stack]) -> None:
    """Note what stacks export, unresolved: what it means is found when it is imported.

    Parameters
    ----------
    exports
        What their scopes see; filled.
    stacks
        The stacks.
    """
    found: dict[str, list[Value]] = {}
    for stack in stacks:
        for key, output in stack.scope.section("Outputs").items():
            if not isinstance(output, Mapping):
                continue
            value = Value(output, stack.scope, ("Outputs", key))
            for name in value.get("Export", "Name"):
                if name.text:
                    found.setdefault(name.text, []).append(Value(output.get("Value"), stack.scope, value.path))
    exports.update({name: Link(*values) for name, values in found.items()})
