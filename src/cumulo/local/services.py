"""The data services of a local cloud, and the credentials that functions get for them.

Nothing heavy is imported here, so that the services can start while the rest is still being imported.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from cumulo.errors import CumuloError
from cumulo.local.emulator import environment, process
from cumulo.local.emulator.launcher import locking
from cumulo.local.emulator.process import Emulator
from cumulo.local.place import Place

FOLDER = "services"
"""The folder of the data services' state in that of the stage."""


def forget(state: Path) -> None:
    """Remove all that a stage keeps; data services of a killed run that still save are waited for.

    Parameters
    ----------
    state
        The stage's state folder, which may be missing.

    Raises
    ------
    CumuloError
        When other data services use it, or it cannot be removed.
    """
    (state / FOLDER).mkdir(parents=True, exist_ok=True)
    try:
        with locking.take(state / FOLDER, os.getpid()):
            shutil.rmtree(state)
    except locking.TakenError as error:
        raise CumuloError(f"the local state is in use by process {error}", where=str(state)) from None
    except OSError as error:
        raise CumuloError(f"the local state cannot be removed ({error.strerror})", where=str(state)) from None


class Services:
    """The data services, starting or running.

    Parameters
    ----------
    place
        Where they run.
    report
        Told what takes time, and what goes wrong with the state.

    Examples
    --------
    >>> services = Services(place, print)  # doctest: +SKIP
    >>> emulator = await services.running()  # doctest: +SKIP
    """

    def __init__(self, place: Place, report: Callable[[str], None]) -> None:
        self._place = place
        self._report = report
        self._starting = asyncio.create_task(self._start())

    async def running(self) -> Emulator:
        """Wait until they serve, and return them.

        Raises
        ------
        CumuloError
            When the port or the state is in use, or the emulator can't be set up.
        """
        return await asyncio.shield(self._starting)

    async def stop(self) -> None:
        """Save the state and end them, also when they are still starting."""
        if not self._starting.done():
            self._starting.cancel()
        await asyncio.wait((self._starting,))
        if not self._starting.cancelled() and self._starting.exception() is None:
            await self._starting.result().stop()

    async def role_credentials(self, role: str) -> Mapping[str, str]:
        """Return session credentials of a role, as environment variables."""
        credentials = await (await self.running()).credentials(role, self._place.account)
        expires = {"AWS_CREDENTIAL_EXPIRATION": credentials.expires.isoformat()} if credentials.expires else {}
        return {**credentials.environment(), **expires}

    def endpoints(self) -> Mapping[str, str]:
        """Return the environment variables that tell where they are."""
        return {"AWS_ENDPOINT_URL": self._starting.result().endpoint}

    async def _start(self) -> Emulator:
        python = await asyncio.to_thread(environment.prepare, self._report)
        return await process.start(
            python=python,
            state=self._place.state / FOLDER if self._place.state else None,
            port=self._place.services_port,
            account=self._place.account,
            region=self._place.region,
            report=self._report,
        )
