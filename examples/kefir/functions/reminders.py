"""``/batches/{id}/reminders``: each route has a Lambda function of its own, with this handler and its own grants."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from kefir.brewing import Reminding
from kefir.callers import caller, require_id_token
from kefir.models import Id, NewReminder, Reminder, ReminderId
from kefir.repository import Batches, Reminders

from cumulo.runtime import http, linked

app = http.resolver()
handler = http.handler(app, guards=[require_id_token])
table = linked.table("table")
batches = Batches(table)
reminding = Reminding(Reminders(table), linked.schedules("reminders"))
BatchId = Annotated[Id, Path(alias="id")]


@app.post("/batches/<id>/reminders", status_code=201, summary="Be reminded of a batch", tags=["reminders"])
def add_reminder(batch_id: BatchId, reminder: NewReminder) -> Response[Reminder]:
    """Add a reminder: 201, or 200 when it was there already; 404 when the user has no batch of that id."""
    who = caller(app.current_event.raw_event)
    added, is_new = reminding.add(who, batches.get(who.id, batch_id), reminder)
    return Response(201 if is_new else 200, content_type="application/json", body=added.view())


@app.delete("/batches/<id>/reminders/<reminder>", status_code=204, summary="Remove a reminder", tags=["reminders"])
def delete_reminder(batch_id: BatchId, reminder_id: Annotated[ReminderId, Path(alias="reminder")]) -> Response[None]:
    """Remove a reminder; 404 when the user has none of that id."""
    reminding.remove(caller(app.current_event.raw_event).id, batch_id, reminder_id)
    return Response(204)
