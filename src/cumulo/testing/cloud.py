"""The local cloud for tests: blocking calls onto a system that runs on a thread of its own."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import uvloop

from cumulo.errors import CumuloError
from cumulo.local import cloud as local_cloud
from cumulo.local.cloud import Cloud
from cumulo.local.entries import MEASURED
from cumulo.local.journal import Entry, Journal, Kind
from cumulo.local.mail import Mail
from cumulo.local.place import DEFAULT_REGION, Place
from cumulo.synth import open_project, synthesize_project

if TYPE_CHECKING:
    import httpx

    from cumulo.local.alarms.states import AlarmState

T = TypeVar("T")

START_SECONDS = 600.0  # the emulator's environment is made on the first start of all
STOP_SECONDS = 30.0


class Closable(Protocol):
    """What holds connections."""

    def close(self) -> None:
        """Close them."""
        ...


@dataclass(frozen=True)
class Invocation:
    """What came back from one invocation.

    Parameters
    ----------
    payload
        The function's answer, or the error object as Lambda words it.
    error
        ``None`` when the handler returned, else ``"Unhandled"``.
    request_id
        Its request id.
    """

    payload: Any
    error: str | None
    request_id: str


@dataclass
class TestCloud:
    """A system that runs for the tests, under the IAM policies that it ships with.

    Made by the fixture ``cloud``; parameters are its own business.

    Examples
    --------
    >>> def test_health(cloud):
    ...     assert cloud.client().get("/health").status_code == 200
    """

    __test__ = False

    _cloud: Cloud
    _loop: asyncio.AbstractEventLoop
    _clients: list[Closable] = field(default_factory=list)
    _after: int = 0

    @property
    def urls(self) -> Mapping[str, str]:
        """Where the APIs answer, by the logical id of the API."""
        return self._cloud.urls

    @property
    def outputs(self) -> Mapping[str, Mapping[str, str]]:
        """The stacks' outputs: stack id → output → value."""
        return self._cloud.outputs

    def client(self, api: str | None = None, **options: Any) -> httpx.Client:
        """Return an httpx client of an API; it is closed when the test ends.

        Parameters
        ----------
        api
            The API's id or logical id; may be left out when there is one API only.
        **options
            Further arguments of ``httpx.Client``, ``headers`` for example.

        Raises
        ------
        CumuloError
            When there is no such API.
        """
        import httpx

        made = httpx.Client(base_url=self._url(api), **options)
        self._clients.append(made)
        return made

    def invoke(self, function: str, event: Any = None) -> Invocation:
        """Invoke a function with an event and wait for its answer.

        Parameters
        ----------
        function
            Its id in the declaration, its name in AWS, or its logical id.
        event
            The event: anything that ``json.dumps`` takes.
        """
        result = self._run(self._cloud.invoke(function, json.dumps(event).encode()))
        return Invocation(json.loads(result.payload or b"null"), result.error, result.request_id)

    def drain(self, queue: str, timeout: float = 30.0) -> None:
        """Wait until a queue is empty and nothing of it is being worked on.

        Parameters
        ----------
        queue
            Its id in the declaration, its name or its URL.
        timeout
            How long to wait, in seconds.
        """
        self._run(self._cloud.drain(queue, timeout))

    def messages(self, queue: str) -> list[Mapping[str, Any]]:
        """Return the messages that wait in a queue, a dead-letter queue for example, and leave them there."""
        return self._run(self._cloud.messages(queue))

    def logs(self, function: str | None = None) -> list[Entry]:
        """Return the log lines that were written since the test began, of one function or of all."""
        subject = [self._cloud.function_name(function)] if function else self._cloud.function_names
        return self._cloud.journal.entries(kind="log", subject=subject, after_id=self._after)

    def entries(self, **selection: Any) -> list[Entry]:
        """Return journal entries since the test began; takes what ``Journal.entries`` takes."""
        return self._cloud.journal.entries(**{"after_id": self._after, **selection})

    def metric(self, namespace: str, name: str, **dimensions: str) -> list[float]:
        """Return what was measured of a metric since the test began.

        Parameters
        ----------
        namespace, name
            As CloudWatch knows it: ``"AWS/Lambda"``, ``"Errors"``; also the functions' own metrics.
        **dimensions
            The dimensions that pick one series, all of them.
        """
        from cumulo.local import metrics

        source = _Since(self._cloud.journal, self._after)
        found = metrics.samples(source, namespace=namespace, start=0.0, end=self._cloud.clock.now(), only=name)
        return [sample.value for sample in found if dict(sample.dimensions) == dimensions]

    def alarm(self, name: str) -> AlarmState:
        """Return the state of an alarm, why it has it, and since when.

        Alarms are evaluated at the end of each minute: ``clock.advance(minutes=1)`` has them evaluate what was
        measured before.

        Parameters
        ----------
        name
            Its id in the declaration, its name in AWS, or its logical id.

        Examples
        --------
        >>> def test_errors_wake_someone_up(cloud, clock):
        ...     cloud.invoke("create-item", {"broken": True})
        ...     clock.advance(minutes=1)
        ...     assert cloud.alarm("create-item-errors").state == "ALARM"
        """
        return self._cloud.alarm(name)

    def mail(self) -> list[Mail]:
        """Return all e-mails that the system has sent, oldest first; the fixture ``mail`` has those of one test."""
        return self._run(self._cloud.mail())

    def story(self) -> list[str]:
        """Return what happened since the test began, a line each: requests, log lines, failures."""
        return [
            f"{entry.kind:<10} {entry.subject}  {entry.text}"
            for entry in self._cloud.journal.entries(after_id=self._after)
            if entry.kind not in MEASURED
        ]

    def aws(self, service: str) -> Any:
        """Return a boto3 client of a data service, with the rights of the account's root: to arrange and to look.

        It is closed when the test ends.
        """
        import boto3

        root = self._cloud.emulator.root_credentials(self._cloud.place.account)
        made = boto3.client(
            service,
            endpoint_url=self._cloud.emulator.endpoint,
            region_name=self._cloud.place.region,
            aws_access_key_id=root.access_key,
            aws_secret_access_key=root.secret_key,
        )
        self._clients.append(made)
        return made

    def physical_id(self, logical_id: str) -> str:
        """Return what ``Ref`` gives for a resource: a table's name, a queue's URL, a secret's ARN.

        Raises
        ------
        CumuloError
            When there is no resource of that logical id.
        """
        for resource in self._cloud.world.resources:
            if resource.logical_id == logical_id:
                return resource.physical_id
        raise CumuloError(f"there is no resource {logical_id!r}")

    def reset(self) -> None:
        """Have the system as it was when it had just started: data, queues, throttles and time, in milliseconds."""
        self.close_clients()
        self._run(self._cloud.reset())
        self._after = self._cloud.journal.last_id()

    @property
    def clock(self) -> TestClock:
        """Its clock."""
        return TestClock(self)

    def close_clients(self) -> None:
        """Close the clients that :meth:`client` and :meth:`aws` made."""
        for client in self._clients:
            client.close()
        self._clients.clear()

    def _url(self, api: str | None) -> str:
        urls = self.urls
        if api is None and len(urls) == 1:
            return next(iter(urls.values()))
        for logical_id, url in urls.items():
            if api is not None and api.replace("-", "").lower() in (logical_id.lower(), logical_id.lower()[:-3]):
                return url
        raise CumuloError(f"there is no API {api!r}", hint=f"there are: {', '.join(urls) or 'none'}")

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@dataclass(frozen=True)
class TestClock:
    """The time of the system, which a test can move; parameters are its own business.

    Examples
    --------
    >>> def test_a_reminder_comes_when_it_is_due(cloud, clock, mail):
    ...     cloud.client().post("/reminders", json={"at": str(clock.now() + timedelta(days=30))})
    ...     clock.advance(days=30, minutes=1)
    ...     assert mail[-1].subject == "Your batch is due"
    """

    __test__ = False

    _of: TestCloud

    def now(self) -> datetime:
        """Return the system's time, in UTC."""
        return datetime.fromtimestamp(self._of._cloud.clock.now(), UTC)

    def advance(
        self, *, weeks: float = 0, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> None:
        """Move the system's time ahead; returns when all that is due on the way has happened.

        It happens in order, each at its own time: schedules, retries, expiry, alarms. Functions, data services, log
        lines and metrics see the moved time; the test itself does not, so ask :meth:`now`.

        Raises
        ------
        CumuloError
            When it would go back.
        """
        span = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        self._of._run(self._of._cloud.advance(span.total_seconds()))


@dataclass(frozen=True)
class _Since:
    """The journal, from an entry on: times say nothing about order when an earlier test moved the clock."""

    journal: Journal
    after: int

    def entries(self, *, kind: Kind, since: float, until: float) -> Sequence[Entry]:
        return self.journal.entries(kind=kind, since=since, until=until, after_id=self.after)


def start(project: Path, stage: str, account: str) -> tuple[TestCloud, Callable[[], None]]:
    """Start a project's system on a thread of its own.

    Parameters
    ----------
    project
        The project's folder.
    stage
        The stage to declare it for.
    account
        The account that it runs in; tests that run side by side have one each.

    Returns
    -------
    tuple
        The cloud, and what stops it.
    """
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="cumulo-cloud", daemon=True)
    thread.start()
    region = open_project(project).stage(stage).region or DEFAULT_REGION
    place = Place(project, account=account, region=region)

    def wait(work: Coroutine[Any, Any, T], timeout: float) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, loop)
        return future.result(timeout)

    def end_loop() -> None:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(STOP_SECONDS)
        loop.close()

    try:
        with_assembly = local_cloud.start(lambda: synthesize_project(project, stage), place)
        cloud = wait(with_assembly, START_SECONDS)
        wait(cloud.remember(), STOP_SECONDS)
    except BaseException:
        end_loop()
        raise

    def stop() -> None:
        wait(cloud.stop(), STOP_SECONDS)
        end_loop()

    return TestCloud(cloud, loop), stop
