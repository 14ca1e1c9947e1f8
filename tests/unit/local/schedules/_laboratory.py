"""A scheduler on a clock that only the test moves, with functions and queues that are plain Python."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cumulo.local.entries import Entry
from cumulo.local.invoking import InvocationResult
from cumulo.local.schedules.authorizing import Authorizer
from cumulo.local.schedules.documents import checked
from cumulo.local.schedules.records import Schedule
from cumulo.local.schedules.runner import Runner
from cumulo.local.schedules.store import Store
from cumulo.local.world import Resource, World

ACCOUNT, REGION = "000000000000", "eu-central-1"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:remind"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:lost"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/scheduler"
BEGIN = 1_800_000_000.0  # 2027-01-15T08:00:00Z


def schedule(name: str, expression: str, *, group: str = "default", created: float = BEGIN, **more: Any) -> Schedule:
    target = {"Arn": FUNCTION, "RoleArn": ROLE, "Input": "{}", **more.pop("target", {})}
    document = {"ScheduleExpression": expression, "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target, **more}
    return Schedule(group, name, checked(document), created, created)


@dataclass
class Laboratory:
    """A runner, and what it has done."""

    store: Store
    world: World
    now: float = BEGIN
    fails: Callable[[int], Exception | str | None] = lambda _number: None
    allows: Callable[[Mapping[str, Any]], bool] = lambda _request: True
    events: list[tuple[float, Any]] = field(default_factory=list)
    messages: list[tuple[str, Any, Mapping[str, str]]] = field(default_factory=list)
    journal: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.runner = Runner(
            self.store,
            invoker=self,
            send=self.send,
            authorizer=Authorizer(self.judge, ACCOUNT, REGION),
            recorder=self.journal,
            now=lambda: self.now,
            waits=lambda: True,
        )
        self.runner.update(self.world)

    async def invoke(self, _function: str, payload: bytes) -> InvocationResult:
        self.events.append((self.now - BEGIN, json.loads(payload)))
        failure = self.fails(len(self.events))
        if isinstance(failure, Exception):
            raise failure
        return InvocationResult(f"request-{len(self.events)}", b'{"errorMessage": "no"}', failure, 1.0)

    async def send(self, queue: str, body: str, attributes: Mapping[str, str]) -> None:
        self.messages.append((queue, json.loads(body), attributes))

    async def judge(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"allowed": self.allows(request), "code": "AccessDeniedException", "reason": f"no {request['action']}"}

    async def advance(self, seconds: float) -> None:
        """Run all that is due on the way, each at its own time."""
        target = self.now + seconds
        while (due := self.runner.next_due()) <= target:
            self.now = max(due, self.now)
            await self.runner.run_due(self.now)
        self.now = target

    @property
    def said(self) -> list[str]:
        return [entry.text for entry in self.journal]


def world(function: Mapping[str, Any] | None = None, config: Mapping[str, Any] | None = None) -> World:
    resources = [Resource("app", "Remind", "AWS::Lambda::Function", "remind", function or {})]
    if config is not None:
        properties = {"FunctionName": "remind", **config}
        resources.append(Resource("app", "Events", "AWS::Lambda::EventInvokeConfig", "events", properties))
    return World(ACCOUNT, REGION, tuple(resources))
