"""The project: what ``[tool.cumulo]`` in ``pyproject.toml`` and ``.env.<stage>`` say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError, UsageError
from cumulo.model.stage import Stage

STAGE_KEYS = {
    "production": bool,
    "account": str,
    "region": str,
    "domain": str,
    "origins": list,
    "retention_days": int,
    "tags": dict,
}
PROJECT_KEYS = {**STAGE_KEYS, "app": str, "seed": str, "stages": dict, "check": dict, "packages": dict}
# What all regions' names look like, "us-gov-west-1" and "eusc-de-east-1" too; a list of them would be out of date.
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d\Z")
DEFAULT_STAGES = ("dev", "test", "prod")


@dataclass(frozen=True)
class Project:
    """A project and its settings.

    Parameters
    ----------
    folder
        The folder of ``pyproject.toml``.
    settings
        The table ``[tool.cumulo]``.
    """

    folder: Path
    settings: Mapping[str, Any]

    @property
    def app(self) -> str:
        """Where the app is declared: ``"module:function"``."""
        return str(self.settings.get("app", "app:app"))

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of its stages: the declared ones, else dev, test and prod."""
        return tuple(self.settings.get("stages", {})) or DEFAULT_STAGES

    def stage(self, name: str, *, region: str | None = None) -> Stage:
        """Return a stage with its settings.

        Parameters
        ----------
        name
            Its name.
        region
            Overrides the region.

        Raises
        ------
        UsageError
            When the project declares its stages, and none of that name; or the region is none.
        """
        declared = self.settings.get("stages", {})
        if name not in self.stages:
            near = _nearest(name, self.stages) or self.stages[0]
            raise UsageError(
                f"there is no stage {name!r}; there are: {', '.join(self.stages)}",
                where=str(self.folder / "pyproject.toml"),
                hint=f"use --stage {near}, or add [tool.cumulo.stages.{name}]",
            )
        own = {key: value for key, value in self.settings.items() if key in STAGE_KEYS}
        own |= declared.get(name, {})
        chosen = region or own.get("region")
        if chosen and not REGION.match(chosen):
            raise UsageError(
                f"{chosen!r} is no AWS region",
                where="--region" if region else str(self.folder / "pyproject.toml"),
                hint="write it like 'eu-central-1'",
            )
        return Stage(
            name=name,
            production=own.get("production", name == "prod" and name not in declared),
            account=own.get("account"),
            region=chosen,
            domain=own.get("domain"),
            origins=tuple(own.get("origins", ())),
            retention=timedelta(days=own.get("retention_days", 0)),
            settings=_dotenv(self.folder / f".env.{name}"),
            tags=own.get("tags", {}),
        )


def find_project(start: Path) -> Path:
    """Return the nearest folder, upwards, whose ``pyproject.toml`` has ``[tool.cumulo]``.

    Raises
    ------
    UsageError
        When there is none.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        file = folder / "pyproject.toml"
        if file.is_file() and "cumulo" in _read_toml(file).get("tool", {}):
            return folder
    raise UsageError(
        "there is no project here: no pyproject.toml with [tool.cumulo]",
        where=str(start),
        hint="change to the project's folder, or make a project with `cumulo new NAME`",
    )


def open_project(folder: Path) -> Project:
    """Read a project's settings.

    Raises
    ------
    CumuloError
        When ``[tool.cumulo]`` has a key that is not known, or a value of another type.
    """
    file = folder / "pyproject.toml"
    if not file.is_file():
        raise UsageError("there is no pyproject.toml", where=str(folder), hint="make a project with `cumulo new NAME`")
    settings = _read_toml(file).get("tool", {}).get("cumulo", {})
    _check_table(settings, PROJECT_KEYS, f"{file}: [tool.cumulo]")
    for name, stage in settings.get("stages", {}).items():
        _check_table(stage, STAGE_KEYS, f"{file}: [tool.cumulo.stages.{name}]")
    return Project(folder, settings)


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CumuloError(f"is not TOML: {error}", where=str(file), hint="mend that line") from None


def _check_table(table: object, known: Mapping[str, type], where: str) -> None:
    if not isinstance(table, dict):
        raise CumuloError("is not a table", where=where)
    for key, value in table.items():
        if key not in known:
            near = _nearest(key, known)
            hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(known)}"
            raise CumuloError(f"there is no setting {key!r}", where=where, hint=hint)
        if not isinstance(value, known[key]):
            raise CumuloError(f"{key} is a {type(value).__name__}, not a {known[key].__name__}", where=where)


def _nearest(name: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(known), n=1)), None)


def _dotenv(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    from dotenv import dotenv_values

    return {key: value or "" for key, value in dotenv_values(file, interpolate=False).items()}
