"""A stage: one place where an app lives, with its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from cumulo.model.names import check_id


@dataclass(frozen=True)
class Stage:
    """One place where an app lives: ``dev``, ``test``, ``prod``.

    The settings come from ``[tool.cumulo]`` in ``pyproject.toml`` and from ``.env.<stage>``.

    Parameters
    ----------
    name
        Its name, kebab case, at most 16 characters.
    production
        Whether real users depend on it: turns on protection against loss of data, longer retention and tracing.
    account
        The AWS account it belongs to; ``None`` when the credentials decide.
    region
        The AWS region; ``None`` when the AWS configuration decides.
    domain
        The domain of its front door, when it has one.
    origins
        Web origins that may call it from a browser.
    retention
        How long logs are kept; 14 days by default, 30 in production.
    settings
        The lines of ``.env.<stage>``.
    tags
        Tags of every resource, beside ``Application`` and ``Environment``.

    Examples
    --------
    >>> Stage("prod", production=True).retention.days
    30
    """

    name: str
    production: bool = False
    account: str | None = None
    region: str | None = None
    domain: str | None = None
    origins: tuple[str, ...] = ()
    retention: timedelta = timedelta()
    settings: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_id("stage", self.name, longest=16)
        if not self.retention:
            object.__setattr__(self, "retention", timedelta(days=30 if self.production else 14))
