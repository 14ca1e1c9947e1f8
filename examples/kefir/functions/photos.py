"""``POST /batches/{id}/photos``: where a photo of a batch goes."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path
from kefir.callers import caller, require_id_token
from kefir.models import Id, NewPhoto, Upload
from kefir.photos import Photos
from kefir.repository import Batches

from cumulo.runtime import http, linked

app = http.resolver()
handler = http.handler(app, guards=[require_id_token])
batches = Batches(linked.table("table"))
photos = Photos(linked.bucket("photos"))


@app.post("/batches/<id>/photos", status_code=201, summary="Ask where a photo goes", tags=["batches"])
def add_photo(batch_id: Annotated[Id, Path(alias="id")], photo: NewPhoto) -> Upload:
    """Return an address that takes exactly this photo; 404 when the user has no batch of that id."""
    return photos.upload(batches.get(caller(app.current_event.raw_event).id, batch_id).id, photo)
