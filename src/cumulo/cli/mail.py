"""``cumulo mail``: read the e-mails that the running stage has sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from cumulo.cli import options, output
from cumulo.cli.running import running_stage
from cumulo.errors import CumuloError

_PAUSE = 0.3  # seconds between two looks when following

Mail = Mapping[str, Any]


@click.command("mail")
@click.argument("number", type=click.IntRange(min=1), required=False)
@options.project_option
@options.stage_option
@click.option("--to", "address", metavar="ADDRESS", help="Only e-mails to this address.")
@click.option("--last", is_flag=True, help="Show the e-mail that was sent last.")
@click.option("-f", "--follow", is_flag=True, help="Show e-mails as they are sent, until interrupted.")
@options.json_option
def command(
    number: int | None,
    project: Path | None,
    stage: str,
    address: str | None,
    last: bool,
    follow: bool,
    as_json: bool,
) -> None:
    """List the e-mails that the stage that runs here has sent, or show the one of a NUMBER in that list.

    They reach nobody else: neither SES nor Cognito sends anything from here.
    """
    from cumulo.local.control import ask

    about = running_stage(project, stage)

    def sent() -> list[Mail]:
        mails = list(enumerate(ask(about, {"verb": "mail"})["mail"], 1))
        return [{"number": place, **mail} for place, mail in mails if address is None or _is_to(mail, address)]

    if follow:
        _follow(sent, as_json)
    found = sent()
    if number is not None or last:
        _show(_chosen(found, number), as_json)
    elif as_json:
        output.json_data(found)
    elif found:
        output.data(printable("\n".join(map(_line, found))))
    else:
        output.talk("no e-mail was sent" + (f" to {address}" if address else ""))


def _chosen(mails: list[Mail], number: int | None) -> Mail:
    """Return the e-mail of a number; the last one without."""
    found = [mail for mail in mails if number in (None, mail["number"])]
    if not found:
        what = "no e-mail was sent yet" if number is None else f"there is no e-mail {number}"
        raise CumuloError(what, hint="`cumulo mail` lists them")
    return found[-1]


def _follow(sent: Callable[[], list[Mail]], as_json: bool) -> None:
    shown: set[str] = set()
    while True:
        fresh = [mail for mail in sent() if mail["id"] not in shown]
        shown.update(mail["id"] for mail in fresh)
        for mail in fresh:
            _show(mail, as_json)
        time.sleep(_PAUSE)


def _show(mail: Mail, as_json: bool) -> None:
    if as_json:
        output.json_data(mail)
    else:
        output.data(printable(_page(mail)))


def _line(mail: Mail) -> str:
    return f"{mail['number']:>4}  {_time(mail)}  {', '.join(mail['to'])}  {mail['subject']}"


def _page(mail: Mail) -> str:
    """Return an e-mail as a person reads it: its text, or its HTML when it has no text."""
    head = {"From": mail["sender"], "To": ", ".join(mail["to"]), "Subject": mail["subject"], "Date": _time(mail)}
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\n".join([*lines, "", mail["text"] or mail["html"], ""])


def _time(mail: Mail) -> str:
    return f"{datetime.fromtimestamp(mail['time']):%Y-%m-%d %H:%M:%S}"


def _is_to(mail: Mail, address: str) -> bool:
    return any(address.lower() in to.lower() for to in mail["to"])


def printable(text: str) -> str:
    r"""Return text without what a terminal would obey: what is in an e-mail may come from anyone.

    Examples
    --------
    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)
