"""What the zygote imports before it forks: what functions need from third parties, a module at a time."""

from __future__ import annotations

import contextlib
import gc
import importlib
import time
import warnings
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from cumulo.local.functions.imports import third_party_imports

# Imported after the fork: awslambdaric reads the environment when it is imported.
_RUNTIME_NEEDS = (
    "concurrent.futures.thread", "decimal", "http.client", "json", "logging", "simplejson",
    "simplejson.raw_json", "traceback",
)  # fmt: skip
# Safe to share: they start no thread, open nothing, make no logger of their own and read no settings of one function
# when they are imported.
_SHAREABLE = (
    "aws_lambda_powertools.", "boto3.", "botocore.", "jmespath.", "pydantic.", "pydantic_core.",
    "typing_extensions.", "urllib3.",
)  # fmt: skip
# What these import only when they are first used.
_LATER = {
    "aws_lambda_powertools.event_handler": (
        "aws_lambda_powertools.event_handler.middlewares.openapi_validation",
        "aws_lambda_powertools.event_handler.openapi.compat",
        "aws_lambda_powertools.event_handler.openapi.dependant",
        "aws_lambda_powertools.event_handler.openapi.encoders",
        "aws_lambda_powertools.event_handler.openapi.params",
    ),
    "boto3": (
        "botocore.client",
        "botocore.endpoint",
        "botocore.httpsession",
        "botocore.parsers",
        "botocore.retries.standard",
        "botocore.signers",
    ),
    "pydantic": ("pydantic.deprecated.config", "pydantic.main", "pydantic.plugin._schema_validator", "zoneinfo"),
}


class Preloading:
    """Modules that wait to be imported.

    One at a time, so that a worker that is asked for meanwhile is forked at once; it imports the rest by itself.
    """

    def __init__(self) -> None:
        self._waiting: deque[str] = deque(_RUNTIME_NEEDS)
        self._seen: set[str] = set(_RUNTIME_NEEDS)
        self._named: set[str] = set()
        self._seconds: dict[str, float] = {}

    @property
    def unfinished(self) -> bool:
        """Whether something waits."""
        return bool(self._waiting)

    def add(self, project: Path, handlers: Iterable[str]) -> None:
        """Add what the handlers of a project import and is safe to share."""
        used = third_party_imports(project, handlers)
        shared = {name for name in used if f"{name}.".startswith(_SHAREABLE)}
        if shared:  # the kit uses it without naming it in the project
            shared.add("boto3")
        self._named |= shared
        later = {name for root, names in _LATER.items() if root in shared for name in names}
        for name in sorted((shared | later) - self._seen):
            self._seen.add(name)
            self._waiting.append(name)

    def step(self) -> None:
        """Import the next module."""
        with warnings.catch_warnings(), contextlib.suppress(Exception):
            warnings.simplefilter("ignore")
            # What is missing or broken is the function's own to report, when it imports it.
            name = self._waiting.popleft()
            # Processor time: other things start meanwhile.
            started = time.process_time()
            _load(name)
            if name in self._named:
                self._seconds[name] = round(time.process_time() - started, 6)
        if not self._waiting:
            # What is there now stays: workers share its memory as long as nobody writes to it.
            gc.collect()
            gc.freeze()

    def measured(self) -> dict[str, float]:
        """Return how long what the functions import has taken since this was asked last, in seconds, by name."""
        seconds, self._seconds = self._seconds, {}
        return seconds


def _load(name: str) -> None:
    """Import a module, or a name of one: some packages load their modules when a name is asked for."""
    parent, _, attribute = name.rpartition(".")
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        getattr(importlib.import_module(parent), attribute)
