"""Making the assets of functions that changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from cumulo.errors import CumuloError
from cumulo.synth.assets.archive import Entry, Joined, join, pack
from cumulo.synth.assets.bytecode import compile_sources
from cumulo.synth.assets.cache import Cache, write_atomically
from cumulo.synth.assets.interpreter import pyc_name
from cumulo.synth.assets.package import Package
from cumulo.synth.assets.packages import package_archives
from cumulo.synth.assets.plan import BUILT, Asset, Plan

MEGABYTE = 1024 * 1024
MAX_UNPACKED = 250 * MEGABYTE
MAX_DIRECT_UPLOAD = 50 * MEGABYTE

Report = Callable[[str], None]


def make(plans: Mapping[str, Plan], project: Path, cache: Cache, out: Path, report: Report) -> dict[str, Asset]:
    """Make assets.

    Parameters
    ----------
    plans
        What to make, by key.
    project
        The project's folder.
    cache
        Remembers packages, and what was made of which key.
    out
        Where the assets are put.
    report
        Called with a line for each step that takes a while.

    Returns
    -------
    dict
        The assets by key.

    Raises
    ------
    CumuloError
        When a package cannot be had, a source does not compile for the target, or an asset is too large.
    """
    made: dict[str, Asset] = {}
    for group in _by_target(plans.values()):
        with ThreadPoolExecutor(1) as beside:
            compiling = beside.submit(_bytecode, group)  # while packages are fetched, the processor has time
            archives = _archives(group, project, cache, report)
        bytecode = compiling.result()
        for plan in group:
            # Of files of the same path the first counts, as the project comes first on the path of modules.
            joined = join([_first_party(plan, bytecode), *(archives[package] for package in plan.packages)])
            made[plan.key] = _write(plan, joined, out, report)
            cache.put_json(plan.key, asdict(made[plan.key]))
    return made


def _by_target(plans: Iterable[Plan]) -> list[list[Plan]]:
    groups: dict[object, list[Plan]] = {}
    for plan in plans:
        groups.setdefault(plan.code.target, []).append(plan)
    return list(groups.values())


def _archives(group: list[Plan], project: Path, cache: Cache, report: Report) -> dict[Package, bytes]:
    packages = {package for plan in group for package in plan.packages}
    first = group[0]
    return package_archives(packages, first.code.target, first.interpreter, cache=cache, project=project, report=report)


def _bytecode(group: list[Plan]) -> dict[str, bytes]:
    """Compile the first-party sources of all functions at once."""
    interpreter = group[0].interpreter
    if interpreter is None:
        return {}
    files = {name: content for plan in group for name, content in plan.trace.files.items()}
    sources = [(name, files[name].data) for name in sorted(files) if name.endswith(".py")]
    bytecode: dict[str, bytes] = {}
    for (name, _), code in zip(sources, compile_sources(sources, interpreter), strict=True):
        if not code:
            raise CumuloError(f"does not compile with Python {interpreter.version}", where=name)
        bytecode[pyc_name(name, interpreter)] = code
    return bytecode


def _first_party(plan: Plan, bytecode: Mapping[str, bytes]) -> bytes:
    entries: dict[str, Entry] = {}
    for name, content in plan.trace.files.items():
        entries[name] = Entry(content.data, content.executable)
        compiled = pyc_name(name, plan.interpreter) if plan.interpreter and name.endswith(".py") else None
        if compiled:
            entries[compiled] = Entry(bytecode[compiled])
    return pack(entries)


def _write(plan: Plan, joined: Joined, out: Path, report: Report) -> Asset:
    handler, size = plan.code.handler, len(joined.data)
    if joined.unpacked > MAX_UNPACKED:
        raise CumuloError(
            f"the code is {joined.unpacked / MEGABYTE:.0f} MB unpacked, and Lambda takes {MAX_UNPACKED // MEGABYTE} MB",
            where=f"handler {handler!r}",
            hint="the packages are " + ", ".join(f"{each.name} {each.version}" for each in plan.packages),
        )
    if size > MAX_DIRECT_UPLOAD:
        report(f"the code of {handler} is {size / MEGABYTE:.0f} MB: it takes long to upload and to start")
    name = f"{hashlib.sha256(joined.data).hexdigest()}.zip"
    write_atomically(out / name, joined.data, mtime=BUILT)
    packages = tuple((package.name, package.version) for package in plan.packages)
    return Asset(name, size, joined.unpacked, packages, tuple(sorted(plan.trace.modules)))
