"""How a delivery talks to whoever started it, without knowing about terminals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cumulo.delivery.events import StackEvent
from cumulo.delivery.plan import Plan


@dataclass(frozen=True)
class Talk:
    """Where a delivery reports what it does, and asks.

    Parameters
    ----------
    say
        Takes one line about a step.
    event
        Takes each event of a resource as CloudFormation works on it.
    confirm
        Is shown the plan and answers whether to go on. It may raise a
        :class:`~cumulo.errors.CumuloError` to say why not.
    """

    say: Callable[[str], None]
    event: Callable[[StackEvent], None]
    confirm: Callable[[Plan], bool]
