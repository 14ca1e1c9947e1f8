"""How a template is written, and writing values in the same way."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import yaml

from cumulo.guidelines.mending.layout import Place

BREAK = re.compile(r"\r\n|\r|\n")
"""What ends a line."""

_DEFAULT_STEP = "  "
_WIDTH = 10_000  # one line, however long


@dataclass(frozen=True)
class Form:
    """How a template is written.

    Parameters
    ----------
    text
        All of it.
    json
        Whether it is JSON.
    newline
        What ends its lines.
    step
        What a level is indented by.
    """

    text: str
    json: bool
    newline: str
    step: str


def form_of(text: str, root: Place) -> Form:
    """Look at a template and return how it is written."""
    found = BREAK.search(text)
    sections = (section for _, section in root.pairs() if section.kind is dict and section.children)
    columns = (section.column - root.column for section in sections if not section.flow)
    step = next((" " * width for width in columns if width > 0), _DEFAULT_STEP)
    if root.flow and root.children:
        line = text[text.rfind("\n", 0, root.children[0].start) + 1 : root.children[0].start]
        step = line if line and not line.strip() else _DEFAULT_STEP
    return Form(text, _is_json(text), found.group() if found else "\n", step)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


class _Dumper(yaml.SafeDumper):
    """Writes lists indented below their key, as most templates do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)


def block(form: Form, value: Any, indent: int) -> str:
    """Write lines below another, each with the line break before it."""
    step = max(2, len(form.step))
    written = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, indent=step)
    return "".join(form.newline + " " * indent + line for line in written.splitlines())


def inline(form: Form, value: Any) -> str:
    """Write a value within a line."""
    return json.dumps(value, ensure_ascii=False) if form.json else _flow([value])


def item(form: Form, key: str, value: Any, *, lines: bool = False) -> str:
    """Write a key and its value for a mapping in braces; on several lines where JSON has them."""
    if not form.json:
        return _flow({key: value})
    return f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False, indent=form.step if lines else None)}"


def _flow(value: Any) -> str:
    """Return what stands between the brackets."""
    written: str = yaml.dump(
        value, Dumper=yaml.SafeDumper, sort_keys=False, default_flow_style=True, allow_unicode=True, width=_WIDTH
    )
    return written.strip()[1:-1]
