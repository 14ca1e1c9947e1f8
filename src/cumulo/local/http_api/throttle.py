"""Route throttling by token buckets.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests a route takes.

    Parameters
    ----------
    rate
        Requests a second in the long run.
    burst
        Requests at once.
    """

    rate: float
    burst: int


class TokenBucket:
    """A bucket that holds ``burst`` tokens and gains ``rate`` tokens a second; a request takes one.

    Examples
    --------
    >>> bucket = TokenBucket(Limit(rate=1, burst=1))
    >>> bucket.take(0.0), bucket.take(0.0), bucket.take(1.0)
    (True, False, True)
    """

    __slots__ = ("_burst", "_last", "_rate", "_tokens")

    def __init__(self, limit: Limit) -> None:
        self._rate = limit.rate
        self._burst = float(limit.burst)
        self._tokens = self._burst
        self._last: float | None = None

    def take(self, now: float) -> bool:
        """Take a token at a time in seconds; return whether there was one."""
        if self._last is not None and now > self._last:
            self._tokens = min(self._burst, self._tokens + (now - self._last) * self._rate)
        self._last = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
