"""The app: all stacks of a system for one stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cumulo.errors import CumuloError
from cumulo.model.names import check_id
from cumulo.model.stage import Stage

if TYPE_CHECKING:
    from cumulo.model.construct import Construct
    from cumulo.model.stack import Stack


class App:
    """A system for one stage: what ``app(stage)`` returns.

    Parameters
    ----------
    name
        Its name, kebab case, at most 32 characters: the first part of all names in AWS.
    stage
        The stage it is declared for.

    Examples
    --------
    >>> App("items", Stage("dev")).tags
    {'Application': 'items', 'Environment': 'dev'}
    """

    def __init__(self, name: str, stage: Stage) -> None:
        self.name = check_id("app", name, longest=32)
        self.stage = stage
        self.stacks: dict[str, Stack] = {}
        self._names: dict[tuple[type, str], Construct] = {}

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of everything in the app that can be tagged."""
        return {**self.stage.tags, "Application": self.name, "Environment": self.stage.name}

    def add_stack(self, stack: Stack) -> None:
        """Take in a stack; its own constructor calls this.

        Raises
        ------
        CumuloError
            When there is a stack of that id already.
        """
        if stack.id in self.stacks:
            raise CumuloError(
                f"there is a stack {stack.id!r} already",
                where=f"app {self.name!r}",
                hint="give one of them another id",
            )
        self.stacks[stack.id] = stack

    def add_name(self, construct: Construct) -> None:
        """Take in a construct's name, which is unique in the app among constructs of its kind.

        Raises
        ------
        CumuloError
            When the name is taken.
        """
        key = (type(construct), construct.id)
        taken = self._names.setdefault(key, construct)
        if taken is not construct:
            raise construct.error(
                f"there is another {construct.kind} of that name, declared at {taken.source}",
                hint="give one of them another id: both would get the same name in AWS",
            )
