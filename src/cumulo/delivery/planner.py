"""From an assembly and what is deployed to the steps of a deployment, with CloudFormation's own plans."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from cumulo.assembly import Assembly, StackArtifact
from cumulo.delivery import changesets, crossing, exports, moves, stacks
from cumulo.delivery.assets import template_upload, upload, url
from cumulo.delivery.changesets import ChangeSet
from cumulo.delivery.plan import Action, Plan, StackAction, StackPlan, removal
from cumulo.delivery.session import Target
from cumulo.delivery.stacks import Deployed
from cumulo.errors import CumuloError


@dataclass(frozen=True)
class Step:
    """What a deployment does to one stack.

    Parameters
    ----------
    plan
        What will happen. When it is not ``certain``, the change set is made just before it is executed.
    stack
        What the stack is to be; ``None`` when it is removed.
    deployed
        What it is now; ``None`` when it is new.
    change_set
        What to execute; ``None`` when nothing changes, or it cannot be planned yet.
    """

    plan: StackPlan
    stack: StackArtifact | None
    deployed: Deployed | None
    change_set: ChangeSet | None = None


@dataclass(frozen=True)
class Planner:
    """What planning a stack needs.

    Parameters
    ----------
    assembly
        What is deployed.
    target
        Where to.
    bucket
        Where templates are uploaded to.
    say
        Takes a line about a step.
    """

    assembly: Assembly
    target: Target
    bucket: str
    say: Callable[[str], None]

    def change_set(self, stack: StackArtifact, deployed: Deployed | None) -> ChangeSet | None:
        """Upload a stack's template and have CloudFormation plan its change.

        Raises
        ------
        CumuloError
            When CloudFormation refuses the template, or would refuse to carry out the plan.
        """
        template = template_upload(stack.template)
        upload(self.target, self.bucket, (template,), lambda _: None)
        template_url = url(self.target, self.bucket, template.key)
        tags = stacks.tags_of(self.assembly, stack)
        made = changesets.prepare(self.target, stack, deployed, template_url, tags)
        if made is None or deployed is None:
            return made
        try:
            notes = exports.check_values(self.target.cloudformation, stack, deployed, made.plan)
        except BaseException:
            changesets.discard(self.target, made.id, made.stack_id)
            raise
        return replace(made, plan=replace(made.plan, notes=made.plan.notes + notes))

    def steps(self, done: list[Step]) -> None:
        """Plan every stack, appending to ``done`` so that the caller can discard what an error leaves.

        The stacks of the assembly come first, in deployment order; then those that have left the app, importers
        before exporters; then once more those that had to keep an export until nobody imported it any more.
        """
        client = self.target.cloudformation
        found = stacks.all_deployed(self.target)
        own = {stack.name for stack in self.assembly.stacks}
        tagged = stacks.of_app(found, self.assembly.app, self.assembly.stage)
        left = {name: stack for name, stack in tagged.items() if name not in own and stack.exists}
        leaving = removals(self.target, left, own | left.keys(), lambda name: stacks.id_of(self.assembly, name))
        kept = {
            stack.name: exports.still_imported(client, stack, found.get(stack.name), own | left.keys())
            for stack in self.assembly.stacks
        }
        deployed = {name: self._recovered(found.get(name)) for name in (s.name for s in self.assembly.stacks)}
        there = stacks.exports(client)
        upcoming: set[str] = set()
        closing: list[Step] = []
        for stack in self.assembly.stacks:
            now = deployed[stack.name]
            first = stack
            if now and kept[stack.name]:
                before = stacks.template(client, stack.name)
                first = replace(stack, template=crossing.with_kept(stack.template, before, kept[stack.name]))
                closing.append(_closing(stack, now, first, kept[stack.name]))
            missing = crossing.imports(stack.template, stack.name) - there
            done.append(self._step(first, now, waits=bool(missing & upcoming)))
            upcoming |= crossing.exports(stack.template, stack.name)
        done += [Step(plan, None, left[plan.name]) for plan in leaving]
        done += closing
        plans = moves.marked([self._passage(step) for step in done])
        done[:] = [replace(step, plan=plan) for step, plan in zip(done, plans, strict=True)]

    def _recovered(self, deployed: Deployed | None) -> Deployed | None:
        return changesets.recover(self.target, deployed, self.say) if deployed else None

    def _step(self, stack: StackArtifact, deployed: Deployed | None, *, waits: bool) -> Step:
        note = _protection_note(stack, deployed)
        if waits:
            before = stacks.template(self.target.cloudformation, stack.name) if deployed else None
            plan = changesets.foreseen(stack, before)
            return Step(replace(plan, notes=plan.notes + note), stack, deployed)
        change_set = self.change_set(stack, deployed)
        plan = change_set.plan if change_set else StackPlan(stack.id, stack.name, StackAction.UNCHANGED)
        return Step(replace(plan, notes=plan.notes + note), stack, deployed, change_set)

    def _passage(self, step: Step) -> moves.Passage:
        goes = any(change.action in {Action.DELETE, Action.RELEASE} for change in step.plan.changes)
        before = stacks.template(self.target.cloudformation, step.plan.name) if goes else {}
        return moves.Passage(step.plan, before, step.stack.template if step.stack else {})


def removals(
    target: Target, deployed: Mapping[str, Deployed], app: Collection[str], id_of: Callable[[str], str]
) -> tuple[StackPlan, ...]:
    """Plan the deletion of stacks, importers before exporters.

    Parameters
    ----------
    target
        The account and region.
    deployed
        The stacks to delete.
    app
        The names of all stacks of the app: they let go of what they import before.
    id_of
        Gives a stack's id in the app.

    Raises
    ------
    CumuloError
        When one of them is protected from termination, somebody is working on it, or another app imports from it.
    """
    client = target.cloudformation
    for stack in deployed.values():
        if stack.termination_protection:
            raise CumuloError(
                "has termination protection, so it cannot be deleted",
                where=f"stack {stack.name}",
                hint="if it really has to go: aws cloudformation update-termination-protection"
                f" --no-enable-termination-protection --stack-name {stack.name} --region {target.region}",
            )
        if stack.status.endswith("_IN_PROGRESS") and stack.exists:
            raise CumuloError(
                f"CloudFormation is still working on it ({stack.status})",
                where=f"stack {stack.name}",
                hint="wait until it has finished, then run the command again",
            )
        exports.check_removal(client, stack, app)
    templates = {name: stacks.template(client, name) if s.exists else {} for name, s in deployed.items()}
    return tuple(
        StackPlan(
            id_of(name),
            name,
            StackAction.REMOVE,
            removal(templates[name], stacks.physical_ids(client, name)),
        )
        for name in crossing.importers_first(templates)
    )


def plan_of(steps: list[Step]) -> Plan:
    """Return the plan that a list of steps carries out."""
    return Plan(tuple(step.plan for step in steps))


def _closing(stack: StackArtifact, deployed: Deployed, before: StackArtifact, kept: Iterable[str]) -> Step:
    """Return the step that lets an export and its resources go, when nobody imports it any more."""
    plan = changesets.foreseen(stack, before.template)
    return Step(replace(plan, notes=(f"no longer exports {', '.join(kept)}",)), stack, deployed)


def _protection_note(stack: StackArtifact, deployed: Deployed | None) -> tuple[str, ...]:
    if stack.termination_protection == (deployed is not None and deployed.termination_protection):
        return ()
    return (f"termination protection {'on' if stack.termination_protection else 'off'}",)
