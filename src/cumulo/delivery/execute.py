"""Deploying an assembly: upload, plan, confirm, execute."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cumulo.assembly import Assembly
from cumulo.delivery import changesets, planner, stacks
from cumulo.delivery.assets import asset_uploads, upload
from cumulo.delivery.bootstrap import ensure_bucket
from cumulo.delivery.plan import Plan, StackAction, StackPlan
from cumulo.delivery.planner import Planner, Step
from cumulo.delivery.session import Target, aws_errors
from cumulo.delivery.talk import Talk
from cumulo.errors import CumuloError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class StackResult:
    """What a deployment did to one stack.

    Parameters
    ----------
    id, name
        The stack.
    action
        What was done.
    outputs
        Its outputs now: name → value.
    """

    id: str
    name: str
    action: StackAction
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Deployment:
    """What a deployment did.

    Parameters
    ----------
    app, stage
        What was deployed.
    account, region
        Where to.
    stacks
        What was done to each stack.
    """

    app: str
    stage: str
    account: str
    region: str
    stacks: tuple[StackResult, ...]

    @property
    def changed(self) -> bool:
        """Whether anything was done."""
        return any(stack.action is not StackAction.UNCHANGED for stack in self.stacks)


def deploy(assembly: Assembly, target: Target, talk: Talk) -> Deployment:
    """Deploy an assembly.

    Uploads its assets, has CloudFormation plan every stack, asks for confirmation and executes the plans in order.
    When one fails its stack is rolled back, the stacks before it stay deployed, those after it are left alone, and
    running it again continues.

    Parameters
    ----------
    assembly
        What to deploy.
    target
        The account and region.
    talk
        Where to report to, and whom to ask.

    Returns
    -------
    Deployment
        What was done, with the outputs of each stack.

    Raises
    ------
    CumuloError
        When it is refused or fails: the first resource that failed, and why.

    Examples
    --------
    >>> deploy(read(Path(".cumulo/out/dev")), connect(), talk).changed  # doctest: +SKIP
    True
    """
    steps: list[Step] = []
    done: list[Step] = []
    with aws_errors():
        bucket = ensure_bucket(target, talk.say)
        upload(target, bucket, asset_uploads(assembly), talk.say)
        planning = Planner(assembly, target, bucket, talk.say)
        try:
            planning.steps(steps)
            plan = planner.plan_of(steps)
            if not plan.is_empty:
                _confirmed(plan, talk)
                for step in steps:
                    done.append(step)
                    _run(planning, step, plan, talk)
        finally:
            _discard(target, steps[len(done) :])
        return _result(assembly, target, steps)


def _confirmed(plan: Plan, talk: Talk) -> None:
    if not talk.confirm(plan):
        raise CumuloError("the plan was not confirmed, so it is not carried out")


def _run(planning: Planner, step: Step, plan: Plan, talk: Talk) -> None:
    try:
        _carry_out(planning, step, plan, talk)
    except KeyboardInterrupt:
        talk.say(
            f"stopped watching; CloudFormation goes on with {step.plan.name}. Watch it with"
            f" `aws cloudformation describe-stack-events --stack-name {step.plan.name}"
            f" --region {planning.target.region}`, then run the command again"
        )
        raise


def _carry_out(planning: Planner, step: Step, plan: Plan, talk: Talk) -> None:
    target = planning.target
    if step.stack is None:
        if step.deployed:
            talk.say(f"deleting {step.plan.name}")
            changesets.delete(target, step.deployed, talk.event)
        return
    change_set = step.change_set
    if change_set is None and step.plan.action is not StackAction.UNCHANGED:
        # What it was waiting for is there now, so CloudFormation can plan it.
        change_set = planning.change_set(step.stack, step.deployed)
        if change_set:
            try:
                _still_confirmed(change_set.plan, plan, talk)
            except BaseException:
                _discard(target, [Step(change_set.plan, step.stack, step.deployed, change_set)])
                raise
    if change_set:
        talk.say(f"{'creating' if step.deployed is None else 'updating'} {step.plan.name}")
        changesets.execute(target, change_set, talk.event)
    was_protected = step.deployed is not None and step.deployed.termination_protection
    if step.stack.termination_protection != was_protected:
        target.cloudformation.update_termination_protection(
            StackName=step.stack.name, EnableTerminationProtection=step.stack.termination_protection
        )


def _still_confirmed(now: StackPlan, before: Plan, talk: Talk) -> None:
    """Ask again when CloudFormation's plan loses data that the foreseen one did not name."""
    agreed = {(stack.name, change.logical_id) for stack, change in before.losses}
    if any((now.name, change.logical_id) not in agreed for change in now.losses):
        _confirmed(Plan((now,)), talk)


def _discard(target: Target, steps: list[Step]) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    for step in steps:
        if step.change_set:
            # Tidying up after another error, which must not be hidden by this one.
            with suppress(ClientError, BotoCoreError):
                changesets.discard(target, step.change_set.id, step.change_set.stack_id)


def _result(assembly: Assembly, target: Target, steps: list[Step]) -> Deployment:
    now = stacks.all_deployed(target)
    actions: dict[str, StackAction] = {}
    for step in steps:
        actions.setdefault(step.plan.name, step.plan.action)
    return Deployment(
        assembly.app,
        assembly.stage,
        target.account,
        target.region,
        tuple(
            StackResult(stacks.id_of(assembly, name), name, action, now[name].outputs if name in now else {})
            for name, action in actions.items()
        ),
    )
