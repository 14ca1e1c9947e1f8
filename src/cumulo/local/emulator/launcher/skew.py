"""The times that requests may be signed at while the clock is moved.

Functions sign at the moved time, an AWS CLI in a terminal at real time, and a function that was running when the clock
was moved at one in between. The emulator refuses what is signed 5 or 15 minutes from its own time, as AWS does.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from .clock import MovedTime

Refuse = Callable[..., "tuple[str, str] | None"]


def widened(refuse: Refuse, moved: MovedTime) -> Refuse:
    """Return what refuses a signature for its time, with all times from real to moved time taken as now.

    Parameters
    ----------
    refuse
        The emulator's own judgement of a signature at a time ``now``.
    moved
        This process's time.
    """

    def refuse_for_time(signature: Any, *, now: datetime | None = None) -> tuple[str, str] | None:
        refusal = refuse(signature, now=now)
        if refusal is None or moved.offset == 0:
            return refusal
        present = datetime.now(UTC)
        real = present - timedelta(seconds=moved.offset)
        signed = datetime.strptime(signature.amz_date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return refuse(signature, now=min(max(signed, real), present))

    return refuse_for_time
