"""The items of DynamoDB tables by when they expire, and their deletion.

AWS deletes an expired item within days; here it goes when it is due, as far as the local cloud's clock is.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
"""

from __future__ import annotations

import contextlib
import heapq
import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ministack.core.responses import request_scope

REAPER = "dynamodb-ttl-reaper"
FIVE_YEARS = 5 * 365 * 86_400
"""An item that expired longer ago is left alone."""

_FEW = 1000

BY_SERVICE = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
"""Who deleted, in the table's stream.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Identity.html
"""


@contextlib.contextmanager
def _not_started(name: str) -> Iterator[None]:
    """Keep a thread from being started meanwhile."""
    start = threading.Thread.start

    def start_others(thread: threading.Thread) -> None:
        if thread.name != name:
            start(thread)

    threading.Thread.start = start_others  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]


with _not_started(REAPER):  # it deletes at times of its own, and leaves nothing in streams
    from ministack.services import dynamodb


class Expiring(NamedTuple):
    """One item, and when it expires as far as is known: it may have changed since."""

    due: float
    partition: Any
    sort: Any


@dataclass
class Table:
    """What is known of one table.

    Parameters
    ----------
    attribute
        The TTL attribute.
    items
        The table's items, the emulator's own.
    """

    attribute: str
    items: dict[Any, dict[Any, dict[str, Any]]]
    heap: list[Expiring] = field(default_factory=list)
    _most: int = _FEW

    def note(self, partition: Any, sort: Any, item: dict[str, Any]) -> None:
        """Take in an item that was written."""
        due = due_of(item, self.attribute)
        if due > time.time() - FIVE_YEARS and due != math.inf:
            heapq.heappush(self.heap, Expiring(due, partition, sort))
            if len(self.heap) > self._most:
                self._tidy()

    def take_due(self, now: float) -> list[Expiring]:
        """Take out the items that are due, without those that were deleted or got another time since."""
        due = set()
        while self.heap and self.heap[0].due <= now:
            entry = heapq.heappop(self.heap)
            if self._holds(entry):
                due.add(entry)
        return sorted(due)

    def _holds(self, entry: Expiring) -> bool:
        item = self.items.get(entry.partition, {}).get(entry.sort)
        return item is not None and due_of(item, self.attribute) == entry.due

    def _tidy(self) -> None:
        """Forget what no longer holds: an item that is written again and again leaves something each time."""
        self.heap = sorted({entry for entry in self.heap if self._holds(entry)})
        self._most = 2 * len(self.heap) + _FEW


def due_of(item: dict[str, Any], attribute: str) -> float:
    """Return when an item expires, in seconds since the epoch; infinity for never.

    Only numbers count:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html

    Examples
    --------
    >>> due_of({"TTL": {"N": "1700000000"}}, "TTL"), due_of({"TTL": {"S": "1700000000"}}, "TTL")
    (1700000000.0, inf)
    """
    value = item.get(attribute)
    number = value.get("N") if isinstance(value, dict) else None
    return math.inf if number is None else float(number)


class Ttl:
    """The tables with TTL of all accounts and regions."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, str, str], Table] = {}
        self._by_items: dict[int, Table] = {}
        set_item = dynamodb._set_item

        def set_and_note(table: dict[str, Any], partition: Any, sort: Any, item: dict[str, Any]) -> Any:
            before = set_item(table, partition, sort, item)
            if known := self._by_items.get(id(table["items"])):
                known.note(partition, sort, item)
            return before

        dynamodb._set_item = set_and_note

    def look(self) -> None:
        """See which tables have TTL, and read those whose items were replaced as a whole: by a restore, for example."""
        enabled = {
            key: setting["AttributeName"]
            for key, setting in dynamodb._ttl_settings._data.items()
            if setting.get("TimeToLiveStatus") == "ENABLED" and key in dynamodb._tables._data
        }
        same = enabled.keys() == self._tables.keys() and all(
            known.attribute == enabled[key] and known.items is dynamodb._tables._data[key]["items"]
            for key, known in self._tables.items()
        )
        if not same:
            self._tables = {key: self._known(key, attribute) for key, attribute in enabled.items()}
            self._by_items = {id(known.items): known for known in self._tables.values()}

    def next_due(self) -> float:
        """Return when the next item may expire, in seconds since the epoch; infinity when none will."""
        return min((known.heap[0].due for known in self._tables.values() if known.heap), default=math.inf)

    def delete_due(self, now: float) -> Iterator[tuple[str, int]]:
        """Delete the items that are due; yields tables' names with how many went."""
        for (account, region, name), known in self._tables.items():
            if due := known.take_due(now):
                with request_scope(account, region):
                    for entry in due:
                        _delete(name, entry)
                yield name, len(due)

    def _known(self, key: tuple[str, str, str], attribute: str) -> Table:
        items = dynamodb._tables._data[key]["items"]
        known = self._tables.get(key)
        if known and known.attribute == attribute and known.items is items:
            return known
        known = Table(attribute, items)
        for partition, of_partition in items.items():
            for sort, item in of_partition.items():
                known.note(partition, sort, item)
        return known


def _delete(name: str, entry: Expiring) -> None:
    """Delete an item as DynamoDB does: it is in the table's stream, as deleted by the service."""
    with dynamodb._lock:
        item = dynamodb._remove_item(dynamodb._tables[name], entry.partition, entry.sort)
    before = _last_record(name)
    dynamodb._emit_stream_event(name, "REMOVE", item, None)
    record = _last_record(name)
    if record is not None and record is not before:
        record["userIdentity"] = dict(BY_SERVICE)


def _last_record(name: str) -> dict[str, Any] | None:
    records = dynamodb._stream_records.get(name)
    return records[-1] if records else None
