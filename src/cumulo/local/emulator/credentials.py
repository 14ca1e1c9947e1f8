"""AWS credentials for the emulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Credentials:
    """AWS credentials for the emulator.

    Parameters
    ----------
    access_key, secret_key, session_token
        What an SDK signs with; root credentials have no session token.
    expires
        Until when they are good; ``None`` for root credentials.
    """

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires: datetime | None = None

    def environment(self) -> Mapping[str, str]:
        """Return the environment variables that SDKs and the AWS CLI read."""
        names = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}
        return names | ({"AWS_SESSION_TOKEN": self.session_token} if self.session_token else {})
