"""How long a function's code takes to import in a fresh interpreter, from the package as each tool builds it.

Nothing may be written beside the code (`-B`), as on Lambda, where the folder is read-only. The packages are built for
this machine; boto3 comes from a byte-compiled folder of its own, as it does on Lambda.
"""

from __future__ import annotations

import compileall
import platform
import py_compile
import shutil
import statistics
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

from benchmarks import peers
from benchmarks.harness import APPS, BIN, PYTHON, Row, environment, items, row, run, table, with_runtime

TIMES = 5
Command = list[str | Path]
IMPORT = """
import sys, time
sys.path[:0] = sys.argv[2:]
start = time.process_time()
import importlib
importlib.import_module(sys.argv[1])
print((time.process_time() - start) * 1000)
"""
# What a function with this kit needs without cumulo.runtime, then what the functions of `items` take from it.
RUNTIME = """
import sys, time
sys.path[:0] = sys.argv[2:]
import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.event_handler import exceptions
from aws_lambda_powertools.event_handler.openapi import params
from aws_lambda_powertools.utilities.parameters import SecretsProvider
Logger(service="bench")
APIGatewayHttpResolver(enable_validation=True)
# A collection that their objects made due is not to be charged to the next who comes.
import gc
gc.freeze()
start = time.process_time()
from cumulo.runtime import api_key, cursors, http, keys, linked, repository, values
print((time.process_time() - start) * 1000)
"""


def measure() -> list[str]:
    """Return the title and the tables."""
    with tempfile.TemporaryDirectory(prefix="cumulo-bench-") as place, items() as project:
        root = Path(place)
        built = {
            "Cumulo": (lambda: cumulo(project, root, "items"), "functions.items", "the item routes"),
            "SAM": (lambda: sam(project, root), "functions.items", "the very same source"),
            "Chalice": (lambda: chalice(project, root), "app", "same models and repository, Chalice's router"),
            "FastAPI + Mangum": (lambda: fastapi(project, root), "web", "same models and repository, FastAPI's router"),
            "Cumulo, docs": (lambda: cumulo(project, root, "docs"), "functions.docs", "OpenAPI and Swagger page"),
            "Cumulo, health": (lambda: cumulo(project, root, "health"), "functions.health", "no package"),
        }
        variants: dict[str, list[Command]] = {}

        def prepared(who: str) -> Sequence[float]:
            build, module, _ = built[who]
            variants[who] = [_import(IMPORT, module, code) for code in _variants(build())]
            return ()

        rows = [row(who, lambda who=who: prepared(who)) for who in built]
        runtime = _import(RUNTIME, "", _variants(cumulo(project, root, "items"))[0])
        figures = _interleaved([runtime, *chain.from_iterable(variants.values())])
    beyond, *figures = figures
    rows = [
        Row(entry.who, tuple(figures.pop(0) for _ in variants[entry.who]), built[entry.who][2])
        if entry.who in variants
        else entry
        for entry in rows
    ]
    columns = ("as packaged, ms", "no .pyc, ms", "all .pyc, ms")
    return [
        "cold: import of the handler's module in a fresh interpreter",
        "CPU time, medians of interleaved runs; nothing is written beside the code, as on Lambda's read-only folder.",
        table(columns, rows),
        table(("as packaged, ms",), [Row("`cumulo.runtime` beyond Powertools", (beyond,))], ("≤ 5",)),
    ]


def _variants(code: Path) -> tuple[Path, Path, Path]:
    """Return a package as it is, without byte code, and with all of it."""
    bare, full = code.parent / f"{code.name}-bare", code.parent / f"{code.name}-full"
    if not full.exists():
        shutil.copytree(code, bare, ignore=shutil.ignore_patterns("*.pyc"))
        shutil.copytree(bare, full)
        compileall.compile_dir(full, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    return code, bare, full


def _import(script: str, module: str, code: Path) -> Command:
    return [BIN / "python", "-I", "-S", "-B", "-c", script, module, code, _boto3()]


def _interleaved(commands: Sequence[Command]) -> list[float]:
    """Return each command's median; all take turns, so that a busy moment of the machine meets all alike."""
    settings = environment(
        ITEMS_TABLE_NAME="items", API_KEY_SECRET_ARN="key", CURSOR_KEY_SECRET_ARN="key", POWERTOOLS_SERVICE_NAME="items"
    )
    rounds = [[float(run(command, APPS, env=settings).split()[-1]) for command in commands] for _ in range(TIMES + 1)]
    return [statistics.median(figures) for figures in zip(*rounds[1:], strict=True)]


def _boto3() -> Path:
    folder = peers.CACHE / "boto3"
    if not folder.exists():
        peers.packages_into(folder, "boto3")
        compileall.compile_dir(folder, quiet=2)
    return folder


def _once(folder: Path, build: Callable[[Path], None]) -> Path:
    if not folder.exists():
        folder.mkdir()
        build(folder)
    return folder


def cumulo(project: Path, root: Path, module: str) -> Path:
    """Unpack the asset of a function whose handler is in a module."""

    def build(folder: Path) -> None:
        script = (
            "import sys; from pathlib import Path; from cumulo.synth import synthesize_project\n"
            "made = synthesize_project(Path(sys.argv[1]), 'dev', assets=True, emulated=True)\n"
            "handler = f'functions.{sys.argv[2]}.handler'\n"
            "print(next(made.folder / 'assets' / f.asset for f in made.functions if f.handler == handler))"
        )
        archive = run([BIN / "python", "-c", script, project, module], project).splitlines()[-1]
        zipfile.ZipFile(archive).extractall(folder)

    return _once(root / f"cumulo-{module}", build)


def sam(project: Path, root: Path) -> Path:
    def build(folder: Path) -> None:
        for name in ("functions", "items"):
            shutil.copytree(project / name, folder / "code" / name)
        with_runtime(folder / "code")
        shutil.copy(project / "requirements.txt", folder / "code")
        template = (project / "template.yaml").read_text()
        machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
        (folder / "template.yaml").write_text(template.replace("[arm64]", f"[{machine}]").replace("python3.11", PYTHON))
        run([peers.python(*peers.SAM) / "sam", "build", "GetItem"], folder)

    return _once(root / "sam", build) / ".aws-sam" / "build" / "GetItem"


def chalice(project: Path, root: Path) -> Path:
    def build(folder: Path) -> None:
        shutil.copytree(project / "chalice", folder / "project")
        with (folder / "project" / "app.py").open("a") as app:
            # As the others do: the client is made while Lambda initialises the environment.
            app.write("\n\nitems()\n")
        vendor = folder / "project" / "vendor"
        vendor.mkdir()
        with_runtime(vendor)
        shutil.copytree(project / "items", vendor / "items")
        paths = environment(PYTHONPATH=str(vendor), ITEMS_TABLE_NAME="items")
        run([peers.python(*peers.CHALICE) / "chalice", "package", "out"], folder / "project", env=paths)
        zipfile.ZipFile(folder / "project" / "out" / "deployment.zip").extractall(folder / "unpacked")

    return _once(root / "chalice", build) / "unpacked"


def fastapi(project: Path, root: Path) -> Path:
    def build(folder: Path) -> None:
        peers.packages_into(folder, "fastapi", "mangum", "pydantic", "aws-lambda-powertools")
        with_runtime(folder)
        shutil.copytree(project / "items", folder / "items")
        shutil.copy(project / "web.py", folder)

    return _once(root / "fastapi", build)
