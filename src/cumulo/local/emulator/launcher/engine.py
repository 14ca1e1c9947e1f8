"""The emulator's CloudFormation, imported when something is deployed.

Importing it takes as long as everything else at a start, and the memory of all services that it can deploy. A start
with nothing changed only reads the records.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ministack.app as ministack

from . import records

if TYPE_CHECKING:
    from .stacks import Stacks

SERVICE = "cloudformation"


@dataclass
class Engine:
    """The stacks of one emulator.

    Parameters
    ----------
    saved
        The saved state of CloudFormation, as it was read.
    runs_functions
        Whether the emulator runs functions and APIs itself; otherwise Cumulo does.
    """

    saved: dict[str, Any]
    runs_functions: bool
    _stacks: Stacks | None = field(default=None)

    @property
    def loaded(self) -> bool:
        """Whether it is imported, with the saved state."""
        return self._stacks is not None

    def serve(self) -> None:
        """Answer the requests of SDKs too, by loading first."""
        serve: Callable[..., Awaitable[Any]] | None = ministack.SERVICE_HANDLERS.get(SERVICE)
        if serve is None:
            return

        async def load_and_serve(*request: Any) -> Any:
            self._load()
            return await serve(*request)

        ministack.SERVICE_HANDLERS[SERVICE] = load_and_serve

    async def deploy(self, request: dict[str, Any]) -> dict[str, Any]:
        """Create or update a stack."""
        return await self._load().deploy(request)

    async def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """Delete a stack."""
        return await self._load().delete(request)

    def deployed(self, account: str, region: str) -> list[dict[str, Any]]:
        """Return the stacks that were deployed from an assembly."""
        if not self._stacks:
            saved = self.saved.get("stacks")
            # A store is falsy when the account of the current request has nothing in it: ask for None.
            return [] if saved is None else records.deployed(saved.to_dict(), account, region)
        return self._stacks.deployed(account, region)

    def _load(self) -> Stacks:
        if self._stacks is None:
            from .stacks import Stacks

            ministack._get_module(SERVICE).load_persisted_state(self.saved)
            stacks = Stacks()
            stacks.prepare(runs_functions=self.runs_functions)
            self._stacks = stacks
        return self._stacks
