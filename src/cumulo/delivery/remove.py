"""Deleting a deployed stage."""

from __future__ import annotations

from cumulo.assembly import Assembly
from cumulo.delivery import changesets, planner, stacks
from cumulo.delivery.plan import Plan
from cumulo.delivery.session import Target, aws_errors
from cumulo.delivery.talk import Talk
from cumulo.errors import CumuloError


def remove(assembly: Assembly, target: Target, talk: Talk) -> Plan:
    """Delete every stack of an app's stage: importers before exporters.

    The bucket for assets stays: other apps and stages use it too.

    Parameters
    ----------
    assembly
        The app and stage; its stacks and all others with its tags are deleted.
    target
        The account and region.
    talk
        Where to report to, and whom to ask.

    Returns
    -------
    Plan
        What was deleted; empty when there was nothing.

    Raises
    ------
    CumuloError
        When a stack is protected or cannot be deleted, or the plan is not confirmed.
    """
    with aws_errors():
        found = stacks.all_deployed(target)
        names = {stack.name for stack in assembly.stacks}
        tagged = stacks.of_app(found, assembly.app, assembly.stage)
        doomed = {name: stack for name, stack in found.items() if name in names or name in tagged}
        plan = Plan(planner.removals(target, doomed, doomed.keys(), lambda name: stacks.id_of(assembly, name)))
        if not plan.stacks:
            return plan
        if not talk.confirm(plan):
            raise CumuloError("not confirmed, so nothing is deleted")
        for stack in plan.stacks:
            talk.say(f"deleting {stack.name}")
            _delete(target, doomed[stack.name], talk)
    return plan


def _delete(target: Target, deployed: stacks.Deployed, talk: Talk) -> None:
    try:
        changesets.delete(target, deployed, talk.event)
    except KeyboardInterrupt:
        talk.say(f"stopped watching; CloudFormation goes on deleting {deployed.name}. Run the command again to go on")
        raise
