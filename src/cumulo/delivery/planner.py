"""From an assembly and what is deployed to the steps of a deployment, with CloudFormation's own plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from cumulo.assembly import Assembly, StackArtifact
from cumulo.delivery import changesets, crossing, stacks
from cumulo.delivery.assets import template_upload, upload, url
from cumulo.delivery.changesets import ChangeSet
from cumulo.delivery.plan import Plan, StackAction, StackPlan, removal
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
        """Upload a stack's template and have CloudFormation plan its change."""
        template = template_upload(stack.template)
        upload(self.target, self.bucket, (template,), lambda _: None)
        template_url = url(self.target, self.bucket, template.key)
        tags = stacks.tags_of(self.assembly, stack)
        return changesets.prepare(self.target, stack, deployed, template_url, tags)

    def steps(self, done: list[Step]) -> None:
        """Plan every stack, appending to ``done`` so that the caller can discard what an error leaves.

        The stacks of the assembly come first, in deployment order; then those that have left the app, importers
        before exporters; then once more those that had to keep an export until nobody imported it any more.
        """
        found = stacks.all_deployed(self.target)
        deployed = {name: self._recovered(found.get(name)) for name in (s.name for s in self.assembly.stacks)}
        own = {stack.name for stack in self.assembly.stacks}
        left = {
            name: stack
            for name, stack in stacks.of_app(found, self.assembly.app, self.assembly.stage).items()
            if name not in own and stack.exists
        }
        there = stacks.exports(self.target.cloudformation)
        upcoming: set[str] = set()
        closing: list[Step] = []
        for stack in self.assembly.stacks:
            now = deployed[stack.name]
            kept = self._still_imported(stack, now, own | left.keys())
            if kept and now:
                closing.append(self._closing(stack, now, kept))
            kept_stack = replace(stack, template=crossing.with_kept(stack.template, kept)) if kept else stack
            missing = crossing.imports(stack.template, stack.name) - there
            done.append(self._step(kept_stack, now, waits=bool(missing & upcoming)))
            upcoming |= crossing.exports(stack.template, stack.name)
        for step in self._removals(left):
            done.append(step)
        done += closing

    def _recovered(self, deployed: Deployed | None) -> Deployed | None:
        return changesets.recover(self.target, deployed, self.say) if deployed else None

    def _step(self, stack: StackArtifact, deployed: Deployed | None, *, waits: bool) -> Step:
        note = _protection_note(stack, deployed)
        if waits:
            plan = changesets.foreseen(self.target, stack, deployed)
            return Step(replace(plan, notes=plan.notes + note), stack, deployed)
        change_set = self.change_set(stack, deployed)
        plan = change_set.plan if change_set else StackPlan(stack.id, stack.name, StackAction.UNCHANGED)
        return Step(replace(plan, notes=plan.notes + note), stack, deployed, change_set)

    def _still_imported(
        self, stack: StackArtifact, deployed: Deployed | None, app: set[str]
    ) -> Mapping[str, tuple[str, str]]:
        """Return the exports that the new template drops while stacks of the app still import them."""
        if deployed is None:
            return {}
        kept: dict[str, tuple[str, str]] = {}
        for export in sorted(deployed.exports.keys() - crossing.exports(stack.template, stack.name)):
            importers = stacks.importers(self.target.cloudformation, export)
            strangers = sorted(set(importers) - app)
            if strangers:
                raise CumuloError(
                    f"no longer exports {export!r}, but the stack {strangers[0]} of another app imports it",
                    where=f"stack {stack.name}",
                    hint="deploy that stack without the import first",
                )
            if importers:
                output = deployed.exports[export]
                kept[export] = (output, deployed.outputs[output])
        return kept

    def _closing(self, stack: StackArtifact, deployed: Deployed, kept: Mapping[str, object]) -> Step:
        note = f"no longer exports {', '.join(kept)}"
        return Step(StackPlan(stack.id, stack.name, StackAction.UPDATE, notes=(note,), certain=False), stack, deployed)

    def _removals(self, left: Mapping[str, Deployed]) -> tuple[Step, ...]:
        return tuple(
            Step(plan, None, left[plan.name])
            for plan in removals(self.target, left, lambda name: stacks.id_of(self.assembly, name))
        )


def removals(target: Target, deployed: Mapping[str, Deployed], id_of: Callable[[str], str]) -> tuple[StackPlan, ...]:
    """Plan the deletion of stacks, importers before exporters.

    Raises
    ------
    CumuloError
        When one of them is protected from termination, or somebody is working on it.
    """
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
    client = target.cloudformation
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


def _protection_note(stack: StackArtifact, deployed: Deployed | None) -> tuple[str, ...]:
    if stack.termination_protection == (deployed is not None and deployed.termination_protection):
        return ()
    return (f"termination protection {'on' if stack.termination_protection else 'off'}",)
