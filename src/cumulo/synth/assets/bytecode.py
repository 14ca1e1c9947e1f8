"""Byte-compilation for a target, by a matching interpreter when one is at hand."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cumulo.synth.assets.interpreter import Interpreter

COMPILER = Path(__file__).with_name("compiler.py")
TASK_ROOT = "/var/task"
WORKERS = min(4, os.cpu_count() or 1)
FEW = 8


def compile_sources(sources: Sequence[tuple[str, bytes]], interpreter: Interpreter) -> list[bytes]:
    """Compile sources: the same source of the same name gives the same bytes, whatever is compiled beside it.

    Parameters
    ----------
    sources
        For each source its path in the asset and its content.
    interpreter
        What to compile with.

    Returns
    -------
    list
        The bytecode of each; empty for a source that does not compile (a package's templates, or its code for
        another Python).
    """
    workers = 1 if len(sources) < FEW else WORKERS
    with ThreadPoolExecutor(workers) as pool:
        shares = pool.map(lambda start: _compile(sources[start::workers], interpreter), range(workers))
        compiled = [b""] * len(sources)
        for start, share in enumerate(shares):
            compiled[start::workers] = share
    return compiled


def _compile(sources: Sequence[tuple[str, bytes]], interpreter: Interpreter) -> list[bytes]:
    lines = [json.dumps([base64.b64encode(data).decode(), f"{TASK_ROOT}/{name}"]) for name, data in sources]
    # Without site-packages and Python's own variables; the hash seed decides the order of sets.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [interpreter.executable, "-S", "-s", "-P", "-B", str(COMPILER)],
        input="\n".join(lines).encode(),
        stdout=subprocess.PIPE,
        check=True,
        env={**environment, "PYTHONHASHSEED": "0"},
    )
    return [base64.b64decode(line) for line in done.stdout.splitlines()]
