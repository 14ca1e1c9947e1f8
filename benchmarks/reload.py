"""From saving a source file to the first answer of the new code."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import start
from benchmarks.harness import items, median, row, seconds, table, wait_for

TIMES = 15
# Powertools with validation, pydantic and the models of `items` are imported; only the answer is made short.
DOCUMENT = "    return document()"


def measure() -> list[str]:
    """Return the title and the tables."""
    rows = [
        row("cumulo dev", lambda: _reloads(start.cumulo, _function)),
        row(
            "serverless-offline",
            lambda: _reloads(lambda folder: start.serverless_offline(folder, "--reloadHandler"), _function),
            "--reloadHandler: it starts a Python for each request",
        ),
        row("chalice local", lambda: _reloads(start.chalice, _chalice), "the whole server starts again"),
    ]
    columns = ("save to new answer, ms", "next request, ms")
    title = "reload: a saved change to a handler of items (Powertools, pydantic)"
    return [title, table(columns, rows, ("≤ 200", "-"))]


def _function(folder: Path) -> tuple[str, Callable[[int], None]]:
    """Return the path to ask for, and what saves a change."""
    file = folder / "functions" / "docs.py"
    source = file.read_text()
    assert DOCUMENT in source, f"{file} has changed"
    return "/openapi.json", lambda count: _save(file, source.replace(DOCUMENT, f'    return {{"saved": {count}}}', 1))


def _chalice(folder: Path) -> tuple[str, Callable[[int], None]]:
    file = folder / "chalice" / "app.py"
    source = file.read_text()
    # Of another length each time: Python takes bytecode as fresh when second and size of its source are the same.
    return "/saved", lambda count: _save(file, source.replace("SAVED = 0", f"SAVED = {count}{' ' * count}"))


def _save(file: Path, text: str) -> None:
    file.write_text(text)


def _reloads(server, project) -> Sequence[float]:
    with items() as folder:
        path, save = project(folder)
        counter = itertools.count(1)
        save(0)
        with server(folder) as (process, port):
            wait_for(process, port, path)

            def once() -> float:
                count = next(counter)
                start = time.perf_counter()
                save(count)
                wait_for(process, port, path, answered=lambda _, body: _saved(body) == count)
                return (time.perf_counter() - start) * 1000

            def again() -> float:
                return 1000 * seconds(lambda: wait_for(process, port, path))

            once()
            # Watchers gather what is saved within a moment: people do not save several times a second.
            reload = median(TIMES, once, before=lambda: time.sleep(1.5))
            return reload, median(TIMES, again)


def _saved(body: bytes) -> int | None:
    try:
        return json.loads(body).get("saved")
    except ValueError:
        return None
