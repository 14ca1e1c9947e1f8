"""The public page of a batch, and what it lets the browser do: show a photo, nothing else."""

import base64
import hashlib
from collections.abc import Mapping
from urllib.parse import urlsplit

from kefir.models import Milk, PublicBatch
from kefir.rendering import Html, as_html, read

# https://owasp.org/www-project-secure-headers/
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

MADE_OF: Mapping[Milk, str] = {
    Milk.COW: "cow's milk",
    Milk.GOAT: "goat's milk",
    Milk.SHEEP: "sheep's milk",
    Milk.COCONUT: "coconut milk",
    Milk.OAT: "oat milk",
    Milk.WATER: "sugar water",
}


def page(batch: PublicBatch) -> Html:
    """Return the page of a batch."""
    photo = as_html("photo.html", url=batch.photo, name=batch.name) if batch.photo else Html()
    day = f"{batch.started_at:%d %B %Y}".lstrip("0")
    return as_html("batch.html", style=_style(), name=batch.name, milk=MADE_OF[batch.milk], day=day, photo=photo)


def missing() -> Html:
    """Return the page that says that there is no such batch."""
    return as_html("missing.html", style=_style())


def headers(photo: str | None = None) -> Mapping[str, str]:
    """Return the headers of a page: beside its own style, it may load from where its photo is."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(photo)) if photo else "'none'"
    style = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src {origin}; style-src 'sha256-{style}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {**HEADERS, "Content-Security-Policy": policy}


def wants_html(suffix: str, accept: str) -> bool:
    """Return whether to answer with a page: as the address ends, else as the caller would rather have it.

    Parameters
    ----------
    suffix
        What comes after the point in the address: ``"html"``, ``"json"`` or nothing.
    accept
        The header ``Accept``.

    Notes
    -----
    https://www.rfc-editor.org/rfc/rfc9110#name-accept

    Examples
    --------
    >>> wants_html("", "text/html,application/xhtml+xml,*/*;q=0.8"), wants_html("", "*/*")
    (True, False)
    """
    if suffix:
        return suffix == "html"
    return _quality(accept, "text/html") > _quality(accept, "application/json")


def _quality(accept: str, wanted: str) -> float:
    """Return how much a caller would like a media type, 0 to 1: the most specific range counts."""
    likings = {}
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        given = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
        likings[media] = float(given) if given.replace(".", "", 1).isdecimal() else 0.0
    ranges = (wanted, f"{wanted.partition('/')[0]}/*", "*/*")
    return next((likings[each] for each in ranges if each in likings), 0.0)


def _style() -> Html:
    return Html(read("style.css"))
