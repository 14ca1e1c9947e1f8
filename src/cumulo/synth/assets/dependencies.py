"""From imports to distributions: which third-party packages a function needs, at the installed versions."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from cumulo.errors import CumuloError
from cumulo.synth.assets.environment import Environment
from cumulo.synth.assets.package import Package
from cumulo.synth.assets.runtime import RUNTIME_MODULES, RUNTIME_ONLY, in_runtime
from cumulo.synth.assets.target import Target
from cumulo.synth.assets.trace import External

Declared = Mapping[str, tuple[Requirement, ...]]


@dataclass(frozen=True)
class Needs:
    """What a function asks for.

    Parameters
    ----------
    externals
        Its imports that are neither first-party nor of the standard library.
    include
        Names of distributions that it loads without importing them by name (a database driver).
    bundle_boto3
        Whether the AWS SDK goes into the asset instead of being Lambda's own.
    """

    externals: tuple[External, ...]
    include: tuple[str, ...]
    bundle_boto3: bool


def resolve(needs: Needs, target: Target, environment: Environment, requirements: Iterable[str]) -> tuple[Package, ...]:
    """Return the packages that a function needs, with all that these depend on.

    Parameters
    ----------
    needs
        What the function imports.
    target
        What it is built for: decides the markers of dependencies.
    environment
        What is installed: decides the versions.
    requirements
        The project's declared dependencies: decide the extras.

    Raises
    ------
    CumuloError
        When nothing installed provides an import, or a dependency is not installed.
    """
    declared = _declared(requirements)
    installed = _Installed(environment, {})
    roots = [name for external in needs.externals for name in _provided(external, installed)]
    waiting = [Requirement(name) for name in [*roots, *needs.include]]
    taken: dict[tuple[str, str], None] = {}
    while waiting:
        requirement = waiting.pop()
        name = str(canonicalize_name(requirement.name))
        same = [requirement, *declared.get(name, ())]
        if name in RUNTIME_ONLY:
            continue
        if not needs.bundle_boto3 and in_runtime(name, [each.specifier for each in same]):
            continue
        extras = {"", *(str(canonicalize_name(extra)) for each in same for extra in each.extras)}
        for extra in sorted(extras - {taken_extra for key, taken_extra in taken if key == name}):
            taken[name, extra] = None
            waiting += _requires(name, extra, target.markers, installed)
    return tuple(sorted(installed.get(name).package for name in {name for name, _ in taken}))


@dataclass(frozen=True)
class _Distribution:
    """What the metadata of an installed distribution says: each look at it through the library reads it anew."""

    package: Package
    requires: tuple[str, ...]


@dataclass(frozen=True)
class _Installed:
    environment: Environment
    read: dict[str, _Distribution]

    def get(self, name: str) -> _Distribution:
        if name not in self.read:
            folder = self.environment.distributions.get(name)
            if folder is None:
                raise CumuloError(
                    f"the package {name!r} is needed, and is not installed",
                    where="dependencies",
                    hint=f"install it in the environment that runs Cumulo: `uv pip install {name}`",
                )
            self.read[name] = _read(PathDistribution(folder))
        return self.read[name]


def _provided(external: External, installed: _Installed) -> tuple[str, ...]:
    names = installed.environment.providers(external.module, external.names)
    top = external.module.partition(".")[0]
    if names or external.optional or top in RUNTIME_MODULES:
        return names
    near = get_close_matches(top, sorted(installed.environment.names), n=1, cutoff=0.75)
    raise CumuloError(
        f"imports {external.module!r}, which neither the project nor an installed package provides",
        where=external.where,
        hint=f"did you mean {near[0]!r}?" if near else f"install the package that provides {top!r}",
    )


def _requires(name: str, extra: str, markers: Mapping[str, str], installed: _Installed) -> Iterator[Requirement]:
    for line in installed.get(name).requires:
        requirement = Requirement(line)
        marker = requirement.marker
        if (not extra and marker is None) or (marker and marker.evaluate({**markers, "extra": extra})):
            yield requirement


def _declared(requirements: Iterable[str]) -> Declared:
    found: dict[str, list[Requirement]] = defaultdict(list)
    for line in requirements:
        try:
            requirement = Requirement(line)
        except InvalidRequirement as error:
            raise CumuloError(f"{line!r} is not a requirement: {error}", where="pyproject.toml") from None
        found[canonicalize_name(requirement.name)].append(requirement)
    return {name: tuple(each) for name, each in found.items()}


def _read(distribution: Distribution) -> _Distribution:
    metadata = distribution.metadata
    name = str(canonicalize_name(metadata["Name"]))
    package = Package(name, metadata["Version"], _url(distribution.read_text("direct_url.json")))
    return _Distribution(package, tuple(distribution.requires or ()))


def _url(direct_url: str | None) -> str | None:
    """Return the URL that a distribution was installed from, pinned (PEP 610)."""
    if direct_url is None:
        return None
    data: Mapping[str, Any] = json.loads(direct_url)
    vcs = data.get("vcs_info")
    return f"{vcs['vcs']}+{data['url']}@{vcs['commit_id']}" if vcs else str(data["url"])


def project_requirements(project: Path) -> tuple[str, ...]:
    """Return the dependencies that a project declares, optional ones included.

    They are those of ``[project]`` in ``pyproject.toml``, or the lines of ``requirements.txt`` where there are none.
    """
    import tomllib

    pyproject = project / "pyproject.toml"
    table: Mapping[str, Any] = {}
    if pyproject.is_file():
        try:
            table = tomllib.loads(pyproject.read_text(encoding="utf-8")).get("project", {})
        except tomllib.TOMLDecodeError as error:
            raise CumuloError(f"is not valid TOML: {error}", where="pyproject.toml") from None
    optional = table.get("optional-dependencies", {}).values()
    lines = [*table.get("dependencies", ()), *(line for group in optional for line in group)]
    return tuple(lines) or tuple(_requirement_lines(project / "requirements.txt"))


def _requirement_lines(path: Path) -> Iterator[str]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for line in lines:
        requirement = line.partition(" #")[0].strip()
        if requirement and not requirement.startswith(("#", "-")):
            yield requirement
