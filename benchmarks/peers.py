"""The other tools, installed by name into a cache outside the repository, once."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from benchmarks.harness import BIN, NotRunError, run

CACHE = Path(os.environ.get("CUMULO_BENCH_CACHE") or "~/.cache/cumulo-bench").expanduser()

# What the functions of `items` import; boto3 is part of Lambda's Python.
FUNCTION_PACKAGES = ("aws-lambda-powertools", "pydantic", "boto3")

CHALICE = ("chalice", "setuptools", *FUNCTION_PACKAGES)
SAM = ("aws-sam-cli",)
FASTAPI = ("fastapi", "mangum", "uvicorn[standard]", *FUNCTION_PACKAGES)
CDK = ("aws-cdk-lib", "constructs")
CFN_LINT = ("cfn-lint",)
CHECKOV = ("checkov",)
TROPOSPHERE = ("troposphere",)
MINISTACK = ("ministack", "uvicorn", "hypercorn")

# Version 3 of the name on npm is not the CDK of today.
CDK_CLI = ("aws-cdk@2",)
# The packages say that they do not fit (serverless-offline wants `serverless` 4), and they do.
OSLS = ("osls", "serverless-offline")


def python(*packages: str) -> Path:
    """Return the folder of commands of a virtual environment with packages from PyPI.

    Raises
    ------
    NotRunError
        When they cannot be installed here.
    """
    folder = CACHE / "python" / packages[0]
    return _made(folder, packages, folder / "bin", _make_python)


def _make_python(folder: Path, packages: tuple[str, ...]) -> None:
    uv = _uv()
    run([uv, "venv", "--quiet", "--seed", "--python", sys.executable, folder], folder.parent)
    install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", folder / "bin" / "python"]
    run([*install, *packages], folder.parent)


def node(*packages: str) -> Path:
    """Return the folder of commands of packages from npm.

    Raises
    ------
    NotRunError
        When there is no npm, or they cannot be installed here.
    """
    folder = CACHE / "node" / packages[0]
    return _made(folder, packages, folder / "node_modules" / ".bin", _make_node)


def _make_node(folder: Path, packages: tuple[str, ...]) -> None:
    if not shutil.which("npm"):
        raise NotRunError("there is no npm here")
    folder.mkdir(parents=True)
    (folder / "package.json").write_text('{"private": true}')
    run(["npm", "install", "--no-audit", "--no-fund", "--legacy-peer-deps", "--loglevel=error", *packages], folder)


def _made(folder: Path, packages: tuple[str, ...], commands: Path, make) -> Path:
    done = folder / "packages.txt"
    wanted = "\n".join(packages)
    if not done.exists() or done.read_text() != wanted:
        print(f"  installing {', '.join(packages)} (once) ...", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        make(folder, packages)
        done.write_text(wanted)
    return commands


def packages_into(folder: Path, *packages: str) -> None:
    """Install packages into a folder as they come, as one does for a zip of one's own."""
    folder.mkdir(parents=True, exist_ok=True)
    run([_uv(), "pip", "install", "--quiet", "--python", sys.executable, "--target", folder, *packages], folder)


def _uv() -> Path:
    return BIN / "uv"
