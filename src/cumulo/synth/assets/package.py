"""A third-party distribution, named exactly."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Package:
    """A third-party distribution as it goes into an asset.

    Parameters
    ----------
    name
        Its normalized name.
    version
        Its version: the installed one.
    url
        Where it was installed from, when that was not a package index.
    """

    name: str
    version: str
    url: str | None = None

    @property
    def requirement(self) -> str:
        """The requirement that names exactly this distribution."""
        return f"{self.name} @ {self.url}" if self.url else f"{self.name}=={self.version}"
