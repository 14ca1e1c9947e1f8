"""What the function host writes to the journal."""

from __future__ import annotations

import math

from cumulo.local.functions.logs import LogLine
from cumulo.local.functions.outcomes import Outcome
from cumulo.local.functions.spec import FunctionSpec
from cumulo.local.journal import Entry


def log_entry(now: float, function: str, line: LogLine, request_id: str | None) -> Entry:
    """Return the entry of one line that a function wrote."""
    return Entry(now, "log", function, line.text, request_id, line.level)


def invocation_entry(
    now: float,
    spec: FunctionSpec,
    request_id: str,
    outcome: Outcome,
    seconds: float,
    init_seconds: float | None,
    max_memory: int,
) -> Entry:
    """Return the entry of one invocation: what Lambda's ``REPORT`` line says.

    Billed is what ran, the init phase included, in whole milliseconds.
    https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html

    Parameters
    ----------
    now
        The time, in seconds since the epoch.
    spec
        The function.
    request_id
        The invocation's request id.
    outcome
        How it ended.
    seconds
        How long the invocation took.
    init_seconds
        How long the init phase took; ``None`` when the worker was warm.
    max_memory
        The most memory that the worker has used, in MB.
    """
    data: dict[str, object] = {
        "status": outcome.status,
        "duration_ms": round(seconds * 1000, 3),
        "billed_ms": math.ceil((seconds + (init_seconds or 0)) * 1000),
        "memory_mb": spec.memory,
        "max_memory_mb": max_memory,
    }
    if init_seconds is not None:
        data["init_ms"] = round(init_seconds * 1000, 3)
    if outcome.error_type is not None:
        data["error"] = outcome.error_type
    level = "INFO" if outcome.status == "ok" else "ERROR"
    return Entry(now, "invocation", spec.name, _ending(outcome), request_id, level, data)


def throttled_entry(now: float, spec: FunctionSpec, request_id: str) -> Entry:
    """Return the entry of an invocation that found the reserved concurrency in use."""
    data = {"status": "throttled", "error": "TooManyRequestsException", "duration_ms": 0.0, "memory_mb": spec.memory}
    text = f"throttled: the reserved concurrency of {spec.reserved} is in use"
    return Entry(now, "invocation", spec.name, text, request_id, "WARNING", data)


def import_entry(now: float, module: str, seconds: float) -> Entry:
    """Return the entry of a third-party module that was imported once for all workers.

    Parameters
    ----------
    now
        The time, in seconds since the epoch.
    module
        Its dotted name, or that of something in it that was loaded when it was asked for.
    seconds
        The processor time that it took, with what it imports itself and was not there yet.
    """
    return Entry(now, "import", module, f"imported in {seconds * 1000:.0f} ms", None, "INFO", {"seconds": seconds})


def system_entry(now: float, function: str, text: str) -> Entry:
    """Return the entry of something that Lambda itself would report about a function."""
    return Entry(now, "system", function, text, None, "WARNING")


def _ending(outcome: Outcome) -> str:
    if outcome.error_type is None:
        return "ok"
    return f"failed: {outcome.error_type}" if outcome.logged else f"{outcome.error_type}: {outcome.message}"
