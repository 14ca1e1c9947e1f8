"""``/batches``: each route has a Lambda function of its own, with this handler and its own grants."""

import functools
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from kefir import brewing
from kefir.brewing import Reminding
from kefir.callers import caller, require_id_token
from kefir.models import Batch, BatchChanges, BatchDetails, BatchPage, Id, NewBatch
from kefir.photos import Photos
from kefir.repository import Batches, Events, Reminders

from cumulo.runtime import http, linked
from cumulo.runtime.cursors import Cursors

app = http.resolver()
handler = http.handler(app, guards=[require_id_token])

# Makes the client now: while Lambda initialises the environment, and not in the first request.
table = linked.table("table")
batches, events, reminders = Batches(table), Events(table), Reminders(table)
BatchId = Annotated[Id, Path(alias="id")]


@functools.cache
def photos() -> Photos:
    """Return the photos, which not every route has to do with."""
    return Photos(linked.bucket("photos"))


@functools.cache
def reminding() -> Reminding:
    """Return the reminders with their schedules, which not every route has to do with."""
    return Reminding(reminders, linked.schedules("reminders"))


def cursors() -> Cursors:
    """Return what makes and opens page cursors."""
    return Cursors(linked.secret("cursor-key").value())


def user() -> str:
    """Return the id of the user who calls."""
    return caller(app.current_event.raw_event).id


@app.post("/batches", status_code=201, summary="Start a batch", tags=["batches"])
def create_batch(batch: NewBatch) -> Batch:
    """Start a batch."""
    return batches.create(user(), batch)


@app.get("/batches", summary="List the own batches, the newest first", tags=["batches"])
def list_batches(
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(description="From the page before")] = None,
) -> BatchPage:
    """Return one page; a cursor is good for its user only."""
    query = {"user": user()}
    start = cursors().open(cursor, query=query) if cursor else None
    page = batches.of(user(), limit=limit, start=start)
    return BatchPage(batches=page.items, cursor=cursors().make(page.next, query=query) if page.next else None)


@app.get("/batches/<id>", summary="Read a batch", tags=["batches"])
def get_batch(batch_id: BatchId) -> BatchDetails:
    """Return a batch with its events, photos and reminders; 404 when the user has none of that id."""
    batch = batches.get(user(), batch_id)
    return BatchDetails(
        **batch.model_dump(),
        events=events.of(user(), batch_id),
        photos=photos().of(batch_id),
        reminders=[reminder.view() for reminder in reminders.of(user(), batch_id)],
    )


@app.patch("/batches/<id>", summary="Change a batch", tags=["batches"])
def change_batch(batch_id: BatchId, changes: BatchChanges) -> Batch:
    """Change what was sent and leave the rest; 409 when a version was sent and it has another by now."""
    return brewing.change(batches, reminding(), user(), batch_id, changes)


@app.delete("/batches/<id>", summary="Delete a batch", status_code=204, tags=["batches"])
def delete_batch(batch_id: BatchId) -> Response[None]:
    """Delete a batch with its events, photos and reminders; 404 when the user has none of that id."""
    brewing.discard(batches, events, reminding(), photos(), user(), batch_id)
    return Response(204)
