"""From handlers to code assets."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from cumulo.synth.assets.cache import TEMPORARY, Cache, fingerprint
from cumulo.synth.assets.environment import Environment, read_environment
from cumulo.synth.assets.interpreter import Interpreter, find_interpreter
from cumulo.synth.assets.package import Package
from cumulo.synth.assets.plan import BUILT, Asset, Code, Plan
from cumulo.synth.assets.sources import Sources
from cumulo.synth.assets.trace import Trace, trace

FORMAT = 1
STALE_SECONDS = 7 * 24 * 3600
REQUIREMENT_FILES = ("pyproject.toml", "requirements.txt")


def _silent(_line: str) -> None:
    """Report nothing."""


def build(
    project: Path, codes: Iterable[Code], *, cache: Path, out: Path, report: Callable[[str], None] = _silent
) -> dict[Code, Asset]:
    """Build the code assets of functions; what did not change since the last build is not built again.

    An asset holds the first-party modules that the handler imports, their packages' data files, the third-party
    packages they need at the installed versions, and bytecode for all.

    Parameters
    ----------
    project
        The project's folder.
    codes
        The functions' code. Functions of equal code share an asset.
    cache
        Folder for what can be used again. It may be deleted at any time, and shared by several builds at once.
    out
        Folder in which the assets are put, under the digest of their content.
    report
        Called with a line for each step that takes a while.

    Returns
    -------
    dict
        The asset of each code.

    Raises
    ------
    CumuloError
        When a handler's module does not exist, an import names nothing, a package has no wheel for the target,
        or an asset is larger than Lambda takes.

    Examples
    --------
    >>> code = Code("functions.items.create", Target("3.11", "arm64"))
    >>> build(Path("."), [code], cache=Path(".cumulo/cache"), out=Path("assets"))  # doctest: +SKIP
    {Code(...): Asset(name='4f0c….zip', ...)}

    See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    project = project.resolve()
    store = Cache(cache)
    environment = read_environment()
    sources = Sources(project, environment, store)
    interpreters: dict[str, Interpreter | None] = {}
    plans = []
    for code in dict.fromkeys(codes):
        if code.target.python not in interpreters:
            interpreters[code.target.python] = find_interpreter(code.target.python)
        traced = trace(code.handler, sources)
        packages = _packages(code, traced, project, environment, store)
        plans.append(_plan(code, traced, packages, interpreters[code.target.python]))
    sources.remember()
    known = {plan.key: _known(plan, store, out) for plan in plans}
    missing = {plan.key: plan for plan in plans if known[plan.key] is None}
    made = _make(missing, project, store, out, report) if missing else {}
    assets = {plan.code: known[plan.key] or made[plan.key] for plan in plans}
    if missing:
        store.sweep()
        _sweep(out, {asset.name for asset in assets.values()})
    return assets


def _make(
    missing: Mapping[str, Plan], project: Path, store: Cache, out: Path, report: Callable[[str], None]
) -> dict[str, Asset]:
    from cumulo.synth.assets.making import make  # compiling and compressing: not needed when nothing changed

    return make(missing, project, store, out, report)


def _sweep(out: Path, in_use: set[str]) -> None:
    """Remove what a killed process left, and assets that this build does not use and that are a week old."""
    now = time.time()
    for path in out.iterdir():
        ours = path.name.startswith(TEMPORARY) or path.suffix == ".zip"
        if ours and path.name not in in_use and now - path.stat().st_ctime > STALE_SECONDS:
            path.unlink(missing_ok=True)


def _packages(code: Code, traced: Trace, project: Path, environment: Environment, store: Cache) -> tuple[Package, ...]:
    """Return the packages that a function needs, resolved anew when anything that decides them changed."""
    declared = [_digest(project / name) for name in REQUIREMENT_FILES]
    imported = [(each.module, each.names, each.optional) for each in traced.externals]
    what = (imported, code.include, code.bundle_boto3, code.target.identity)
    key = "packages-" + fingerprint(FORMAT, environment.metadata, declared, *what)
    rows = store.get_json(key)
    if rows is None:
        from cumulo.synth.assets.dependencies import Needs, project_requirements, resolve

        needs = Needs(traced.externals, code.include, code.bundle_boto3)
        packages = resolve(needs, code.target, environment, project_requirements(project))
        rows = [[package.name, package.version, package.url] for package in packages]
        store.put_json(key, rows)
    return tuple(Package(name, version, url) for name, version, url in rows)


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _plan(code: Code, traced: Trace, packages: tuple[Package, ...], interpreter: Interpreter | None) -> Plan:
    files = {name: (content.sha256, content.executable) for name, content in traced.files.items()}
    compiler = interpreter.version if interpreter else None
    requirements = [package.requirement for package in packages]
    key = "asset-" + fingerprint(FORMAT, code.target.identity, compiler, requirements, files)
    return Plan(code, traced, packages, interpreter, key)


def _known(plan: Plan, store: Cache, out: Path) -> Asset | None:
    """Return the asset of an unchanged function, when it still lies there unharmed."""
    row = store.get_json(plan.key)
    if row is None:
        return None
    asset = Asset(**{**row, "packages": tuple(map(tuple, row["packages"])), "modules": tuple(row["modules"])})
    path = out / asset.name
    try:
        state = path.stat()
    except OSError:
        return None
    untouched = state.st_size == asset.size and state.st_mtime == BUILT
    return asset if untouched or _digest(path) == path.stem else None
