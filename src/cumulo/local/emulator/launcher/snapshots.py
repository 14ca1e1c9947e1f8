"""One account's data, taken and put back in memory: what tests reset to."""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict


@dataclass
class Snapshot:
    """What one account held.

    Parameters
    ----------
    services
        The stores of each service, pickled together, so that what they share stays shared.
    kept
        Objects that cannot be pickled (a library's key object): kept as they are, as they do not change.
    """

    services: dict[str, bytes] = field(default_factory=dict)
    kept: list[object] = field(default_factory=list)


def take(account: str) -> Snapshot:
    """Copy everything that the emulator holds for an account."""
    snapshot = Snapshot()
    for name, stores in _services():
        file = io.BytesIO()
        _Pickler(file, snapshot.kept).dump(_entries(stores, account))
        snapshot.services[name] = file.getvalue()
    return snapshot


def put_back(account: str, snapshot: Snapshot) -> None:
    """Make the account's data what it was; other accounts and open sessions are untouched.

    Records that existed then and exist now keep their identity: a long poll that waits on a queue goes on seeing
    the queue.
    """
    for name, stores in _services():
        pickled = snapshot.services.get(name)
        before = _Unpickler(io.BytesIO(pickled), snapshot.kept).load() if pickled else {}
        for key, store in stores.items():
            _replace(store, account, before.get(key, {}))


def kept(index: int) -> object:
    """Stand in a pickle for an object that is kept as it is."""
    raise LookupError(index)


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, kept: list[object]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._kept = kept

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, type | FunctionType):
            return NotImplemented  # pickled by name
        try:
            value.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
        except TypeError:
            self._kept.append(value)
            return kept, (len(self._kept) - 1,)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, kept: list[object]) -> None:
        super().__init__(file)
        self._kept = kept

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name)
        return self._kept.__getitem__ if found is kept else found


def _services() -> Iterator[tuple[str, dict[str, Any]]]:
    seen: set[int] = set()
    for name, module in sorted(sys.modules.items()):
        if not name.startswith("ministack.services.") or module is None:
            continue
        stores = {
            key: value
            for key, value in vars(module).items()
            if isinstance(value, AccountScopedDict | AccountRegionScopedDict) and id(value) not in seen
        }
        seen.update(map(id, stores.values()))
        if stores:
            yield name, stores


def _entries(stores: dict[str, Any], account: str) -> dict[str, dict[Any, Any]]:
    return {
        name: {key: value for key, value in store.to_dict().items() if key[0] == account}
        for name, store in stores.items()
    }


def _replace(store: Any, account: str, before: dict[Any, Any]) -> None:
    data = store._data
    for key in [key for key in data if key[0] == account and key not in before]:
        del data[key]
    for key, value in before.items():
        now = data.get(key)
        if isinstance(now, dict) and isinstance(value, dict):
            now.clear()
            now.update(value)
        else:
            data[key] = value
