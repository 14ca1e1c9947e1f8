"""``cumulo new``: make a new project."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

import click

from cumulo.cli import output
from cumulo.errors import CumuloError, UsageError
from cumulo.model.names import check_id

HERE = PurePosixPath()


@click.command()
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path), help="Where to make it.  [default: NAME]")
def command(name: str, folder: Path | None) -> None:
    """Make a new project called NAME: an API with a table, its tests, ready to run."""
    try:
        check_id("app", name, longest=32)
    except CumuloError as error:
        raise UsageError(error.what, where=error.where, hint=error.hint) from None
    target = folder or Path(name)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError("there is something there already", where=str(target), hint="choose another --folder")
    for path, text in _templates(files("cumulo.cli") / "new_project"):
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("@name@", name), encoding="utf-8")
    output.talk(f"made {target}; next:")
    output.data(f"cd {shlex.quote(str(target))} && cumulo dev")


def _templates(folder: Traversable, inside: PurePosixPath = HERE) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield the path and text of each file of the new project."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _templates(entry, inside / entry.name)
        elif entry.name.endswith(".in"):
            name = entry.name.removesuffix(".in")
            yield inside / (f".{name}" if name == "gitignore" else name), entry.read_text(encoding="utf-8")
