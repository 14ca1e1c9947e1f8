"""Exports in use: CloudFormation refuses to change or delete what another stack imports, so nothing like that is begun.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from cumulo.assembly import StackArtifact
from cumulo.delivery import crossing, stacks
from cumulo.delivery.plan import Action, StackPlan
from cumulo.delivery.stacks import Deployed
from cumulo.errors import CumuloError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

Kept = Mapping[str, tuple[str, str]]
"""Export name → name and value of its output."""


def still_imported(
    client: CloudFormationClient, stack: StackArtifact, deployed: Deployed | None, app: Collection[str]
) -> Kept:
    """Return the exports that a new template drops while stacks of the app still import them.

    Parameters
    ----------
    client
        A CloudFormation client.
    stack, deployed
        What the stack is to be, and what it is now.
    app
        The names of the app's stacks, those that have left it included.

    Raises
    ------
    CumuloError
        When a stack outside of the app imports one of them: it names that stack.
    """
    if deployed is None:
        return {}
    kept: dict[str, tuple[str, str]] = {}
    for export in sorted(deployed.exports.keys() - crossing.exports(stack.template, stack.name)):
        importers = stacks.importers(client, export)
        _check_strangers(importers, app, stack.name, f"no longer exports {export!r}")
        if importers:
            output = deployed.exports[export]
            kept[export] = (output, deployed.outputs[output])
    return kept


def check_removal(client: CloudFormationClient, deployed: Deployed, app: Collection[str]) -> None:
    """Refuse to delete a stack while a stack outside of the app imports from it.

    Raises
    ------
    CumuloError
        Names the stack that imports.
    """
    for export in sorted(deployed.exports):
        _check_strangers(stacks.importers(client, export), app, deployed.name, f"would be deleted with {export!r}")


def check_values(
    client: CloudFormationClient, stack: StackArtifact, deployed: Deployed, plan: StackPlan
) -> tuple[str, ...]:
    """Refuse a plan that changes the value of an export in use.

    Parameters
    ----------
    client
        A CloudFormation client.
    stack, deployed
        What the stack is to be, and what it is now.
    plan
        What CloudFormation would do to it.

    Returns
    -------
    tuple[str, ...]
        A line for each value that may change: only CloudFormation can tell, while it works.

    Raises
    ------
    CumuloError
        When a value would change: it names the stack that imports it, and says what to do.
    """
    before = crossing.export_values(stacks.template(client, stack.name), stack.name)
    notes: list[str] = []
    for export, after in sorted(crossing.export_values(stack.template, stack.name).items()):
        output = deployed.exports.get(export)
        if output is None or after == deployed.outputs[output]:
            continue
        certain, cause = _change(before.get(export), after, plan)
        importers = stacks.importers(client, export) if cause else ()
        if importers and certain:
            raise CumuloError(
                f"the value of the export {export!r} would change ({cause}), which CloudFormation refuses"
                f" while {', '.join(importers)} imports it",
                where=f"stack {stack.name}",
                hint="declare what changes under another id: the new one is made beside the old one, the importers"
                " move over to it, and the old one goes last",
            )
        if importers:
            notes.append(
                f"the export {export} may change ({cause}); if it does, {', '.join(importers)} stands in its way"
            )
    return tuple(notes)


def _change(before: Any, after: Any, plan: StackPlan) -> tuple[bool, str]:
    """Return whether a value certainly changes, and why it may; no reason when it does not."""
    named = crossing.references(after)
    if before != after:
        other = named != crossing.references(before) or not named
        return other, "it names something else" if other else "it is written differently"
    for change in plan.changes:
        if change.logical_id in named and change.action is Action.REPLACE:
            return True, f"{change.logical_id} is replaced"
        if change.logical_id in named and change.action is Action.MAY_REPLACE:
            return False, f"{change.logical_id} may be replaced"
    return False, ""


def _check_strangers(importers: Collection[str], app: Collection[str], stack: str, what: str) -> None:
    strangers = sorted(set(importers) - set(app))
    if strangers:
        raise CumuloError(
            f"{what}, but the stack {strangers[0]} of another app imports it",
            where=f"stack {stack}",
            hint=f"deploy {strangers[0]} without the import first, or delete it",
        )
