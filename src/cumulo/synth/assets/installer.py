"""Third-party packages for a target, fetched by uv: wheels only, exactly the named versions, no build, no Docker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cumulo.errors import CumuloError
from cumulo.synth.assets.package import Package
from cumulo.synth.assets.target import Target

# Settings of the user's that would change what is installed or where. Those that say from where and how
# (UV_INDEX_URL, UV_CACHE_DIR, UV_NATIVE_TLS, credentials, proxies, …) are the user's to make.
OVERRIDDEN = frozenset(
    {
        "UV_BUILD_CONSTRAINT",
        "UV_COMPILE_BYTECODE",
        "UV_CONSTRAINT",
        "UV_EXCLUDE",
        "UV_EXCLUDE_NEWER",
        "UV_NO_BINARY",
        "UV_NO_BINARY_PACKAGE",
        "UV_OVERRIDE",
        "UV_PROJECT_ENVIRONMENT",
        "UV_PYTHON",
        "UV_REQUIRE_HASHES",
        "UV_SYSTEM_PYTHON",
        "VIRTUAL_ENV",
    }
)
NAME = r"`?(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9])`?"
NO_WHEEL = re.compile(rf"{NAME}(?:==\S+)? has no (?:usable )?wheels|attempted to build {NAME.replace('name', 'built')}")
UNREACHABLE = re.compile(r"error sending request|Failed to fetch|network was disabled")
NOT_FOUND = re.compile(rf"Because (?:there is no version of )?{NAME}(?:==\S+)? (?:and you|was not found)")


def install(packages: Sequence[Package], target: Target, folder: Path, project: Path) -> None:
    """Install packages into a folder, from uv's cache when it has them all and else from the index.

    Parameters
    ----------
    packages
        What to install: nothing beside these.
    target
        What the wheels are for.
    folder
        Where to.
    project
        The project's folder: uv reads the package indexes that its ``pyproject.toml`` names.

    Raises
    ------
    CumuloError
        When one has no wheel for the target, or the index cannot be reached.
    """
    failed = _run(packages, target, folder, project, offline=True)
    if failed is not None:
        failed = _run(packages, target, folder, project, offline=False)
    if failed is not None:
        raise _explained(failed, packages, target)


def _run(packages: Sequence[Package], target: Target, folder: Path, project: Path, *, offline: bool) -> str | None:
    """Return what uv says when it fails, else ``None``."""
    from uv import find_uv_bin

    platform = ["--python-platform", target.platform] if target.platform else []
    command = [
        *(find_uv_bin(), "pip", "install", "--requirements", "-", "--target", str(folder)),
        *("--python", sys.executable, "--python-version", target.python, *platform),
        *("--only-binary", ":all:", "--no-deps", "--no-progress", "--color", "never"),
        *(["--offline"] if offline else []),
    ]
    done = subprocess.run(
        command,
        input="\n".join(package.requirement for package in packages),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        cwd=project,
        env={key: value for key, value in os.environ.items() if key not in OVERRIDDEN},
    )
    return done.stderr if done.returncode else None


def _explained(said: str, packages: Sequence[Package], target: Target) -> CumuloError:
    flat = " ".join(said.split())
    where = f"packages for {target}"
    no_wheel = NO_WHEEL.search(flat)
    if no_wheel:
        name = no_wheel["name"] or no_wheel["built"]
        version = next((f" {package.version}" for package in packages if package.name == name), "")
        return CumuloError(
            f"the package {name}{version} has no wheel for {target.platform or 'this machine'}",
            where=where,
            hint="use a version that has one, publish a wheel of it to your index, or let the function do without",
        )
    if UNREACHABLE.search(flat):
        return CumuloError(
            "the package index cannot be reached, and uv's cache does not hold all that is needed",
            where=where,
            hint=f"check the network and uv's index settings, and try again; needed: {_listed(packages)}",
        )
    not_found = NOT_FOUND.search(flat)
    if not_found:
        return CumuloError(
            f"the package index does not have the installed version of {not_found['name']}",
            where=where,
            hint="install a version from the index, or set uv's index to where yours comes from",
        )
    return CumuloError(f"uv could not install {_listed(packages)}", where=where, hint=f"it says: {flat}")


def _listed(packages: Sequence[Package]) -> str:
    return ", ".join(f"{package.name} {package.version}" for package in packages)
