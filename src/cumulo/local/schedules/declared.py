"""The schedules and groups that templates declare.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html
"""

from __future__ import annotations

from dataclasses import replace

from cumulo.errors import CumuloError
from cumulo.local.schedules.documents import check_name, checked, checked_tags
from cumulo.local.schedules.records import DEFAULT_GROUP, Group, Schedule
from cumulo.local.schedules.refusals import RefusedError
from cumulo.local.schedules.store import Store
from cumulo.local.world import Resource, World

SCHEDULE = "AWS::Scheduler::Schedule"
GROUP = "AWS::Scheduler::ScheduleGroup"


def apply(world: World, store: Store, now: float) -> None:
    """Have the store hold what a world declares, besides what was made at run time.

    What has not changed goes on as it was; a schedule that was changed begins anew; what left the templates is
    deleted, a group with all that is in it.

    Parameters
    ----------
    world
        All stacks, resolved.
    store
        The schedules.
    now
        The clock's time.

    Raises
    ------
    CumuloError
        When the Scheduler would refuse a declaration.
    """
    _apply_groups(world, store, now)
    wanted = {}
    for resource in world.of_type(SCHEDULE):
        wanted[_place(resource)] = _schedule(resource, store, now)
    kept = {(schedule.group, schedule.name) for schedule in wanted.values()}
    for old in store.declared():
        if (old.group, old.name) not in kept:
            store.delete_schedule(old.group, old.name)
    for schedule in wanted.values():
        existing = store.schedule(schedule.group, schedule.name)
        if existing is None or existing.document != schedule.document or existing.declared != schedule.declared:
            created = existing.created if existing else now
            store.put_schedule(replace(schedule, created=created))


def _apply_groups(world: World, store: Store, now: float) -> None:
    wanted = {}
    for resource in world.of_type(GROUP):
        tags = checked_tags(resource.properties)
        wanted[resource.physical_id] = Group(resource.physical_id, now, now, tags, _place(resource))
    for old in store.groups():
        if old.declared is not None and old.name not in wanted:
            store.delete_group(old.name)
    for name, group in wanted.items():
        existing = store.group(name)
        if existing is None or (existing.declared, existing.tags) != (group.declared, group.tags):
            store.put_group(replace(group, created=existing.created if existing else now))


def _schedule(resource: Resource, store: Store, now: float) -> Schedule:
    properties = resource.properties
    try:
        group = check_name("groupName", str(properties.get("GroupName") or DEFAULT_GROUP))
        document = checked(properties)
        name = check_name("name", resource.physical_id)
    except RefusedError as refusal:
        raise CumuloError(
            f"{resource.logical_id} ({SCHEDULE}) failed: {refusal.message}", where=f"stack {resource.stack}"
        ) from None
    if store.group(group) is None:
        raise CumuloError(
            f"{resource.logical_id} ({SCHEDULE}) failed: there is no schedule group {group}",
            where=f"stack {resource.stack}",
        )
    return Schedule(group, name, document, now, now, declared=_place(resource))


def _place(resource: Resource) -> str:
    return f"{resource.stack}/{resource.logical_id}"
