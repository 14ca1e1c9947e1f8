"""Values that come from another stack: exports, what a nested stack is given, and its outputs."""

from __future__ import annotations

from dataclasses import replace

from cumulo.guidelines.template.values import UNKNOWN, Value

_MAX_CHAIN = 5
"""Stacks that take their values from each other over more steps than this are as good as unknown."""


class Link:
    """A value of another stack, resolved once however often it is asked for.

    Parameters
    ----------
    sources
        The expressions that it may be, each in its own stack: a nested stack that two others use has two.
    """

    def __init__(self, *sources: Value) -> None:
        self._sources = sources
        self._values: tuple[Value, ...] | None = None
        self._is_open = False

    @property
    def sources(self) -> tuple[Value, ...]:
        """The expressions that it may be."""
        return self._sources

    def values(self, steps: int = 0) -> tuple[Value, ...]:
        """Return all the values it may have; unknown where stacks take it from each other in a circle.

        Parameters
        ----------
        steps
            How many links led here.
        """
        from cumulo.guidelines.template.intrinsics import expand

        unknown = (replace(self._sources[0], plain=UNKNOWN, given=frozenset()),)
        if self._values is None:
            if self._is_open or steps >= _MAX_CHAIN:
                return unknown
            self._is_open = True
            try:
                self._values = tuple(value for source in self._sources for value in expand(source, steps + 1))
            finally:
                self._is_open = False
        return self._values
