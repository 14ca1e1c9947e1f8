"""The same routes for Chalice, on the same models and repository; the project's packages lie in `vendor`."""

import functools

from chalice import Chalice, Response
from items.models import Item, ItemChanges, NewItem
from items.repository import Items

from cumulo.runtime import linked

SAVED = 0

app = Chalice(app_name="items")


@functools.cache
def items() -> Items:
    return Items(linked.table("items"))


def answer(item: Item, status: int = 200) -> Response:
    return Response(item.model_dump_json(by_alias=True), {"content-type": "application/json"}, status)


@app.route("/health")
def health() -> dict:
    return {"status": "ok"}


@app.route("/saved")
def saved() -> dict:
    return {"saved": SAVED}


@app.route("/items", methods=["POST"])
def create_item() -> Response:
    return answer(items().create(NewItem.model_validate(app.current_request.json_body)), 201)


@app.route("/items", methods=["GET"])
def list_items() -> dict:
    category = app.current_request.query_params["category"]
    page = items().by_category(category, since=None, limit=25, start=None)
    return {"items": [item.model_dump(mode="json", by_alias=True) for item in page.items]}


@app.route("/items/{item_id}", methods=["GET"])
def get_item(item_id: str) -> Response:
    return answer(items().get(item_id))


@app.route("/items/{item_id}", methods=["PATCH"])
def change_item(item_id: str) -> Response:
    return answer(items().change(item_id, ItemChanges.model_validate(app.current_request.json_body)))


@app.route("/items/{item_id}", methods=["DELETE"])
def delete_item(item_id: str) -> Response:
    items().delete(item_id)
    return Response("", status_code=204)
