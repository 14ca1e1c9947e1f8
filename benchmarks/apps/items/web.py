"""The same routes for FastAPI on Lambda through Mangum, on the same models and repository."""

import functools

from fastapi import FastAPI, Response
from items.models import Item, ItemChanges, ItemPage, NewItem
from items.repository import Items
from mangum import Mangum

from cumulo.runtime import linked

app = FastAPI()
handler = Mangum(app, lifespan="off")


@functools.cache
def items() -> Items:
    return Items(linked.table("items"))


@app.get("/health")
def health() -> dict:
    return {"status": "ok"}


@app.post("/items", status_code=201)
def create_item(item: NewItem) -> Item:
    return items().create(item)


@app.get("/items")
def list_items(category: str, limit: int = 25) -> ItemPage:
    return ItemPage(items=items().by_category(category, since=None, limit=limit, start=None).items)


@app.get("/items/{item_id}")
def get_item(item_id: str) -> Item:
    return items().get(item_id)


@app.patch("/items/{item_id}")
def change_item(item_id: str, changes: ItemChanges) -> Item:
    return items().change(item_id, changes)


@app.delete("/items/{item_id}", status_code=204)
def delete_item(item_id: str) -> Response:
    items().delete(item_id)
    return Response(status_code=204)


items()
