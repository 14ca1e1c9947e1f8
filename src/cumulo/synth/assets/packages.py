"""Third-party packages as archives: installed, stripped, compiled and compressed once for each version and target."""

from __future__ import annotations

import csv
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name

from cumulo.errors import CumuloError
from cumulo.synth.assets.archive import Entry, pack
from cumulo.synth.assets.bytecode import WORKERS, compile_sources
from cumulo.synth.assets.cache import TEMPORARY, Cache, fingerprint
from cumulo.synth.assets.installer import install
from cumulo.synth.assets.interpreter import Interpreter, pyc_name
from cumulo.synth.assets.package import Package
from cumulo.synth.assets.target import Target

FORMAT = 1
STRIPPED_SUFFIXES = (".a", ".c", ".cc", ".cpp", ".h", ".hpp", ".pth", ".pxd", ".pyc", ".pyi", ".pyo", ".pyx")
STRIPPED_FOLDERS = frozenset({"__pycache__", "tests"})
STRIPPED_TOP = frozenset({"bin", "docs", "include"})
STRIPPED_FILES = frozenset({"py.typed"})
METADATA_FILES = frozenset({"METADATA", "entry_points.txt"})

Files = Mapping[str, Entry]


def package_archives(
    packages: Iterable[Package],
    target: Target,
    interpreter: Interpreter | None,
    *,
    cache: Cache,
    project: Path,
    report: Callable[[str], None],
) -> dict[Package, bytes]:
    """Return an archive for each package.

    Parameters
    ----------
    packages
        The packages.
    target
        What they are for.
    interpreter
        What compiles them; ``None`` leaves the sources as they are.
    cache
        Remembers the archives.
    project
        The project's folder.
    report
        Called with a line for each step that takes a while.

    Raises
    ------
    CumuloError
        When a package cannot be had.
    """
    keys = {package: _key(package, target, interpreter) for package in sorted(packages)}
    found = {package: cache.get(key) for package, key in keys.items()}
    missing = [package for package, archive in found.items() if archive is None]
    if missing:
        report(f"fetching {len(missing)} packages for {target}")
        for package, archive in _made(missing, target, interpreter, cache, project).items():
            cache.put(keys[package], archive)
            found[package] = archive
    return {package: archive for package, archive in found.items() if archive is not None}


def _key(package: Package, target: Target, interpreter: Interpreter | None) -> str:
    version = interpreter.version if interpreter else None
    return "package-" + fingerprint(FORMAT, package.requirement, target.identity, version)


def _made(
    packages: Sequence[Package], target: Target, interpreter: Interpreter | None, cache: Cache, project: Path
) -> dict[Package, bytes]:
    cache.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=cache.folder) as temporary:
        folder = Path(temporary)
        install(packages, target, folder, project)
        kept = {package: _kept(folder, package) for package in packages}
    compiled = _compiled(kept, interpreter)
    with ThreadPoolExecutor(WORKERS) as pool:
        archives = pool.map(lambda package: pack({**kept[package], **compiled[package]}), packages)
        return dict(zip(packages, archives, strict=True))


def _compiled(kept: Mapping[Package, Files], interpreter: Interpreter | None) -> Mapping[Package, Files]:
    """Compile the sources of all packages at once."""
    bytecode: dict[Package, dict[str, Entry]] = {package: {} for package in kept}
    if interpreter is not None:
        sources = [
            (package, name, entry.data)
            for package, files in kept.items()
            for name, entry in files.items()
            if name.endswith(".py")
        ]
        compiled = compile_sources([(name, data) for _, name, data in sources], interpreter)
        for (package, name, _), code in zip(sources, compiled, strict=True):
            if code:
                bytecode[package][pyc_name(name, interpreter)] = Entry(code)
    return bytecode


def _kept(folder: Path, package: Package) -> Files:
    """Read the files of an installed package that a function may need."""
    metadata = _metadata_folder(folder, package)
    files: dict[str, Entry] = {}
    for name in _recorded(metadata / "RECORD"):
        path = folder / name
        mode = _mode(path) if is_kept(name) else 0
        if stat.S_ISREG(mode):
            files[name] = Entry(path.read_bytes(), bool(mode & stat.S_IXUSR))
    return files


def _mode(path: Path) -> int:
    """Return the mode of what lies there itself, not of what a link leads to; 0 when nothing does."""
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def _metadata_folder(folder: Path, package: Package) -> Path:
    for path in folder.glob("*.dist-info"):
        if canonicalize_name(path.name.partition("-")[0]) == package.name:
            return path
    raise CumuloError(f"uv installed {package.name}, and it left no metadata", where="packages")


def _recorded(record: Path) -> Iterator[str]:
    with record.open(encoding="utf-8", newline="") as file:
        yield from (row[0] for row in csv.reader(file) if row)


def is_kept(name: str) -> bool:
    """Whether a package's file goes into an asset.

    Left out are tests, C sources and headers, type stubs, scripts, and of the metadata all but what
    ``importlib.metadata`` reads for versions and plugins. A path that leads elsewhere is never kept.

    Parameters
    ----------
    name
        Path of the file as the package's ``RECORD`` has it.

    Examples
    --------
    >>> is_kept("pkg/module.py"), is_kept("pkg/tests/test_module.py"), is_kept("../../bin/pkg")
    (True, False, False)
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.parts[0] in STRIPPED_TOP:
        return False
    if path.parts[0].endswith(".dist-info"):
        return len(path.parts) == 2 and path.name in METADATA_FILES
    if path.suffix in STRIPPED_SUFFIXES or path.name in STRIPPED_FILES:
        return False
    return not STRIPPED_FOLDERS.intersection(path.parts[:-1])
