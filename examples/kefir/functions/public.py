"""``GET /public/b/{batchId}``: a batch that is shared, for everyone, as JSON and as a page."""

import re
from collections.abc import Mapping
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from kefir import ids
from kefir import page as pages
from kefir.models import PublicBatch
from kefir.photos import Photos
from kefir.repository import Batches

from cumulo.runtime import http, linked
from cumulo.runtime.errors import NotFoundError
from cumulo.runtime.requests import headers

ADDRESS = re.compile(rf"([{ids.ALPHABET}]{{{ids.LENGTH}}})(?:\.(html|json))?")

app = http.resolver()
handler = http.handler(app)
batches = Batches(linked.table("table"))
photos = Photos(linked.bucket("photos"))


@app.get("/public/b/<batchId>", summary="See a batch that is shared", tags=["public"])
def see_batch(address: Annotated[str, Path(alias="batchId")]) -> Response[PublicBatch | str]:
    """Answer with JSON or a page, by the ending ``.json`` or ``.html``, else by the header ``Accept``."""
    matched = ADDRESS.fullmatch(address)
    suffix = matched[2] or "" if matched else ""
    as_page = pages.wants_html(suffix, headers(app.current_event.raw_event).get("accept", ""))
    try:
        batch = _shared(matched[1] if matched else None)
    except NotFoundError:
        if not as_page:
            raise
        return _page(404, pages.missing(), pages.headers())
    if as_page:
        return _page(200, pages.page(batch), pages.headers(batch.photo))
    return Response(200, content_type="application/json", body=batch, headers=dict(pages.HEADERS))


def _shared(batch_id: str | None) -> PublicBatch:
    if batch_id is None:
        raise NotFoundError("There is no batch of that id")
    batch = batches.shared(batch_id)
    return PublicBatch(
        id=batch.id,
        name=batch.name,
        milk=batch.milk,
        started_at=batch.started_at,
        photo=photos.newest(batch.id),
    )


def _page(status: int, body: str, given: Mapping[str, str]) -> Response[PublicBatch | str]:
    return Response(status, content_type="text/html; charset=utf-8", body=body, headers=dict(given))
