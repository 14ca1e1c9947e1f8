"""``POST /batches/{id}/events``: what was done with a batch."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path
from kefir.callers import caller, require_id_token
from kefir.models import Event, Id, NewEvent
from kefir.repository import Batches, Events

from cumulo.runtime import http, linked

app = http.resolver()
handler = http.handler(app, guards=[require_id_token])
table = linked.table("table")
batches, events = Batches(table), Events(table)


@app.post("/batches/<id>/events", status_code=201, summary="Say what was done with a batch", tags=["batches"])
def add_event(batch_id: Annotated[Id, Path(alias="id")], event: NewEvent) -> Event:
    """Store an event; 404 when the user has no batch of that id."""
    user = caller(app.current_event.raw_event).id
    return events.add(user, batches.get(user, batch_id).id, event)
