"""What of a stage can be opened in a browser."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cumulo.assembly import Assembly
from cumulo.delivery.outputs import Outputs
from cumulo.errors import UsageError

_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

Pages = Mapping[str, str]
"""Name → URL."""


def pages(assembly: Assembly, outputs: Outputs) -> Pages:
    """Return the URLs among a stage's outputs, without those that stacks only hand to each other.

    Parameters
    ----------
    assembly
        The stage as it is declared.
    outputs
        Its outputs where it is: stack id → output → value.

    Returns
    -------
    Pages
        By the name of the output in kebab case, without ``-url``: ``ApiUrl`` is ``api``. Where two stacks
        have the same name, the second one's begins with its stack's id.
    """
    handed = {
        (stack.id, name)
        for stack in assembly.stacks
        for name, output in (stack.template.get("Outputs") or {}).items()
        if "Export" in output
    }
    found: dict[str, str] = {}
    for stack, values in outputs.items():
        for output, value in values.items():
            if value.startswith(("https://", "http://")) and (stack, output) not in handed:
                name = _WORD_BEGINS.sub("-", output).lower().removesuffix("-url")
                found[name if name not in found else f"{stack}-{name}"] = value
    return found


def url_of(known: Pages, name: str, path: str | None = None) -> str:
    """Return the URL of a page, with a path under it.

    Parameters
    ----------
    known
        The pages that there are.
    name
        A page's name.
    path
        A path and a query: ``"/public/b/123"``.

    Raises
    ------
    UsageError
        When there is no such page, or the path is none.

    Examples
    --------
    >>> url_of({"api": "https://a.example.com"}, "api", "/items?category=shoes")
    'https://a.example.com/items?category=shoes'
    """
    if name not in known:
        raise UsageError(f"there is nothing called {name!r} to open", hint=f"there are: {', '.join(known) or 'none'}")
    if path is None:
        return known[name]
    if not path.startswith("/") or path.startswith("//"):
        raise UsageError(f"{path!r} is no path", hint="write it like /public/b/123")
    return known[name].rstrip("/") + path
