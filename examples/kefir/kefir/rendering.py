"""Templates, filled in. In HTML all values are escaped, unless they are HTML already and say so.

The standard library does this much; a template engine would be imported at each cold start.
"""

import functools
import html
from importlib import resources
from string import Template


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def as_html(template: str, /, **values: object) -> Html:
    """Return an HTML template filled in.

    Examples
    --------
    >>> as_html("photo.html", url='"><script>', name="Mild").count("<")
    1
    """
    safe = {key: value if isinstance(value, Html) else html.escape(str(value)) for key, value in values.items()}
    return Html(_template(template).substitute(safe))


def as_text(template: str, /, **values: object) -> str:
    """Return a text template filled in."""
    return _template(template).substitute(values)


@functools.cache
def read(name: str) -> str:
    """Return a file of the folder ``templates``."""
    return (resources.files("kefir") / "templates" / name).read_text(encoding="utf-8")


@functools.cache
def _template(name: str) -> Template:
    return Template(read(name))
