"""The operations of the Scheduler's API, each under the caller's permissions.

Actions and resources are those of
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cumulo.local.schedules.api import Operations, Request
from cumulo.local.schedules.authorizing import ASSUME_ROLE, SERVICE, Authorizer
from cumulo.local.schedules.documents import check_name, check_times, checked, checked_tags
from cumulo.local.schedules.records import DEFAULT_GROUP, Group, Schedule
from cumulo.local.schedules.refusals import RefusedError, conflict, constraint, invalid, not_found
from cumulo.local.schedules.store import Store

Json = dict[str, Any]

_SUMMARY = ("Arn", "CreationDate", "GroupName", "LastModificationDate", "Name", "State")


@dataclass(frozen=True)
class Scheduler:
    """Answers requests.

    Parameters
    ----------
    store
        Where the schedules are.
    authorizer
        Judges the callers.
    account, region
        What ARNs carry.
    now
        The clock's time.
    changed
        Called when something is due at another time.
    """

    store: Store
    authorizer: Authorizer
    account: str
    region: str
    now: Callable[[], float]
    changed: Callable[[], None]

    def operations(self) -> Operations:
        """Return what the API can do."""
        return {
            ("POST", "schedules", True): self.create_schedule,
            ("PUT", "schedules", True): self.update_schedule,
            ("GET", "schedules", True): self.get_schedule,
            ("DELETE", "schedules", True): self.delete_schedule,
            ("GET", "schedules", False): self.list_schedules,
            ("POST", "schedule-groups", True): self.create_group,
            ("GET", "schedule-groups", True): self.get_group,
            ("DELETE", "schedule-groups", True): self.delete_group,
            ("GET", "schedule-groups", False): self.list_groups,
            ("POST", "tags", True): self.tag,
            ("DELETE", "tags", True): self.untag,
            ("GET", "tags", True): self.list_tags,
        }

    async def create_schedule(self, request: Request) -> Json:
        """Make a schedule; the same request again, by its client token, is answered the same."""
        group, name = await self._writable(request, "scheduler:CreateSchedule")
        document = await self._document(request)
        token = _client_token(request)
        existing = self.store.schedule(group, name)
        if existing is not None:
            if token is None or (existing.token, existing.document) != (token, document):
                raise conflict(f"Schedule {name} already exists.")
        else:
            check_times(document, self.now())
            self._put(Schedule(group, name, document, self.now(), self.now(), token=token))
        return {"ScheduleArn": self._arn("schedule", group, name)}

    async def update_schedule(self, request: Request) -> Json:
        """Replace everything of a schedule but its name; what is left out gets its default."""
        group, name = await self._writable(request, "scheduler:UpdateSchedule")
        document = await self._document(request)
        existing = self._schedule(group, name)
        check_times(document, self.now())
        self._put(replace(existing, document=document, modified=self.now()))
        return {"ScheduleArn": self._arn("schedule", group, name)}

    async def get_schedule(self, request: Request) -> Json:
        """Return a schedule."""
        group, name = self._names(request, request.parameter("groupName", DEFAULT_GROUP))
        await self._allow(request, "scheduler:GetSchedule", self._arn("schedule", group, name))
        return self._described(self._schedule(group, name))

    async def delete_schedule(self, request: Request) -> Json:
        """Delete a schedule."""
        group, name = self._names(request, request.parameter("groupName", DEFAULT_GROUP))
        await self._allow(request, "scheduler:DeleteSchedule", self._arn("schedule", group, name))
        self._schedule(group, name)
        self.store.delete_schedule(group, name)
        self.changed()
        return {}

    async def list_schedules(self, request: Request) -> Json:
        """Return a page of schedules."""
        await self._allow(request, "scheduler:ListSchedules", "*")
        limit, after = _page(request, parts=2)
        state, group = request.parameter("State"), request.parameter("ScheduleGroup") or None
        prefix = request.parameter("NamePrefix")
        found: list[Schedule] = []
        for schedule in self.store.schedules(group=group, prefix=prefix, after=(after[0], after[1])):
            if len(found) > limit:
                break
            if state in ("", schedule.document["State"]):
                found.append(schedule)
        summaries = [self._summary(schedule) for schedule in found[:limit]]
        more = [(each.group, each.name) for each in found[limit - 1 : limit] if len(found) > limit]
        return {"Schedules": summaries, **_token(more)}

    async def create_group(self, request: Request) -> Json:
        """Make a group."""
        name = check_name("name", request.name)
        await self._allow(request, "scheduler:CreateScheduleGroup", self._arn("schedule-group", name))
        token, existing = _client_token(request), self.store.group(name)
        if existing is None:
            group = Group(name, self.now(), self.now(), checked_tags(request.body), token=token)
            self.store.put_group(group)
        elif token is None or existing.token != token:
            raise conflict(f"Schedule group {name} already exists.")
        return {"ScheduleGroupArn": self._arn("schedule-group", name)}

    async def get_group(self, request: Request) -> Json:
        """Return a group."""
        name = check_name("name", request.name)
        await self._allow(request, "scheduler:GetScheduleGroup", self._arn("schedule-group", name))
        return self._described_group(self._group(name))

    async def delete_group(self, request: Request) -> Json:
        """Delete a group and all that is in it."""
        name = check_name("name", request.name)
        await self._allow(request, "scheduler:DeleteScheduleGroup", self._arn("schedule-group", name))
        if name == DEFAULT_GROUP:
            raise invalid("The default schedule group cannot be deleted.")
        self._group(name)
        self.store.delete_group(name)
        self.changed()
        return {}

    async def list_groups(self, request: Request) -> Json:
        """Return a page of groups."""
        await self._allow(request, "scheduler:ListScheduleGroups", "*")
        limit, after = _page(request, parts=1)
        found = self.store.groups(prefix=request.parameter("NamePrefix"), after=after[0], limit=limit + 1)
        more = [(each.name,) for each in found[limit - 1 : limit] if len(found) > limit]
        return {"ScheduleGroups": [self._described_group(group) for group in found[:limit]], **_token(more)}

    async def tag(self, request: Request) -> Json:
        """Set tags of a group."""
        group = await self._tagged(request, "scheduler:TagResource")
        tags = {**group.tags, **checked_tags(request.body)}
        self.store.put_group(replace(group, tags=tags, modified=self.now()))
        return {}

    async def untag(self, request: Request) -> Json:
        """Remove tags of a group."""
        group = await self._tagged(request, "scheduler:UntagResource")
        keys = request.query.get("TagKeys", [])
        tags = {key: value for key, value in group.tags.items() if key not in keys}
        self.store.put_group(replace(group, tags=tags, modified=self.now()))
        return {}

    async def list_tags(self, request: Request) -> Json:
        """Return the tags of a group."""
        group = await self._tagged(request, "scheduler:ListTagsForResource")
        return {"Tags": [{"Key": key, "Value": value} for key, value in group.tags.items()]}

    async def _allow(
        self, request: Request, action: str, resource: str, context: Mapping[str, str] | None = None
    ) -> None:
        await self.authorizer.check_caller(request.caller, action, resource, context)

    async def _writable(self, request: Request, action: str) -> tuple[str, str]:
        group, name = self._names(request, request.body.get("GroupName") or DEFAULT_GROUP)
        await self._allow(request, action, self._arn("schedule", group, name))
        self._group(group)
        return group, name

    async def _document(self, request: Request) -> Json:
        """Return the request's schedule, when the caller may hand its role to the Scheduler."""
        document = checked(request.body)
        role = document["Target"]["RoleArn"]
        await self._allow(request, "iam:PassRole", role, {"iam:PassedToService": SERVICE})
        try:
            await self.authorizer.check_role(role, ASSUME_ROLE, role)
        except RefusedError:
            raise invalid(
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
            ) from None
        return document

    async def _tagged(self, request: Request, action: str) -> Group:
        await self._allow(request, action, request.name)
        prefix = self._arn("schedule-group", "")
        if not request.name.startswith(prefix):
            raise not_found("Resource", request.name)
        return self._group(request.name.removeprefix(prefix))

    def _put(self, schedule: Schedule) -> None:
        self.store.put_schedule(schedule)
        self.changed()

    def _names(self, request: Request, group: str) -> tuple[str, str]:
        return check_name("groupName", str(group)), check_name("name", request.name)

    def _schedule(self, group: str, name: str) -> Schedule:
        found = self.store.schedule(group, name)
        if found is None:
            raise not_found("Schedule", name)
        return found

    def _group(self, name: str) -> Group:
        found = self.store.group(name)
        if found is None:
            raise not_found("Schedule group", name)
        return found

    def _arn(self, kind: str, *names: str) -> str:
        return f"arn:aws:scheduler:{self.region}:{self.account}:{kind}/{'/'.join(names)}"

    def _described(self, schedule: Schedule) -> Json:
        return {
            **schedule.document,
            "Arn": self._arn("schedule", schedule.group, schedule.name),
            "CreationDate": schedule.created,
            "GroupName": schedule.group,
            "LastModificationDate": schedule.modified,
            "Name": schedule.name,
        }

    def _summary(self, schedule: Schedule) -> Json:
        described = self._described(schedule)
        return {**{name: described[name] for name in _SUMMARY}, "Target": {"Arn": described["Target"]["Arn"]}}

    def _described_group(self, group: Group) -> Json:
        return {
            "Arn": self._arn("schedule-group", group.name),
            "CreationDate": group.created,
            "LastModificationDate": group.modified,
            "Name": group.name,
            "State": "ACTIVE",
        }


def _client_token(request: Request) -> str | None:
    token = request.body.get("ClientToken")
    if token is not None and not (isinstance(token, str) and 1 <= len(token) <= 64):
        raise constraint("clientToken", token, "have length from 1 to 64")
    return token


def _page(request: Request, *, parts: int) -> tuple[int, list[str]]:
    """Return how many are wanted and after which names."""
    size = request.parameter("MaxResults", "100")
    if not size.isdecimal() or not 1 <= int(size) <= 100:
        raise constraint("maxResults", size, "have value from 1 to 100")
    token = request.parameter("NextToken")
    if not token:
        return int(size), [""] * parts
    try:
        after = base64.urlsafe_b64decode(token).decode().split("/")
    except (binascii.Error, ValueError):
        after = []
    if len(after) != parts:
        raise invalid("Invalid NextToken.")
    return int(size), after


def _token(more: Sequence[tuple[str, ...]]) -> Json:
    """Return the token of the next page: the names that it comes after, when there is one."""
    return {"NextToken": base64.urlsafe_b64encode("/".join(more[0]).encode()).decode()} if more else {}
