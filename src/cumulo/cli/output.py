"""How the command line talks: data on standard output, everything else on standard error."""

from __future__ import annotations

import os
import sys
from typing import IO

import click

from cumulo.errors import CumuloError


def data(text: str) -> None:
    """Print data to standard output.

    Raises
    ------
    CumuloError
        When it cannot be written, as to a full disk.
    """
    try:
        click.echo(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        discard()
        hint = "look at where it is redirected to, and the space that is left"
        raise CumuloError(f"cannot be written ({error.strerror})", where="standard output", hint=hint) from None


def discard() -> None:
    """Drop what standard output still holds: Python would try to write it once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def json_data(value: object) -> None:
    """Print data to standard output as JSON, with sorted keys."""
    import json

    data(json.dumps(value, indent=2, sort_keys=True, default=str))


def talk(text: str, *, style: str | None = None) -> None:
    """Print a line for the person at the terminal to standard error."""
    click.echo(styled(text, style, sys.stderr) if style else text, err=True)


def error(problem: CumuloError) -> None:
    """Print an error: one line of what and where, then a line ``hint:`` of what to do."""
    what, _, hint = str(problem).partition("\nhint: ")
    talk(f"{styled('error:', 'red', sys.stderr)} {what}")
    if hint:
        talk(f"{styled('hint:', 'cyan', sys.stderr)} {hint}")


def styled(text: str, colour: str, stream: IO[str]) -> str:
    """Return the text in a colour when the stream is a terminal that wants it.

    ``NO_COLOR`` turns colours off: https://no-color.org.
    """
    return click.style(text, fg=colour) if colours(stream) else text


def colours(stream: IO[str] | None) -> bool:
    """Tell whether to write colours to a stream; Python has ``None`` for one that is closed."""
    return (
        stream is not None and stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )
