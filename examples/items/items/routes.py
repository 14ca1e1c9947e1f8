"""What the API says: the item routes, without anything of Lambda or API Gateway."""

import functools
from datetime import UTC, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import AwareDatetime

from cumulo.runtime import linked
from cumulo.runtime.cursors import Cursors
from cumulo.runtime.values import timestamp
from items.models import Category, Item, ItemChanges, ItemId, ItemPage, NewItem
from items.repository import Items

router = APIGatewayHttpRouter()
Id = Annotated[ItemId, Path(alias="id")]
# Beyond these years a time in another zone may have no time in UTC.
Since = Annotated[AwareDatetime | None, Query(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC))]


@functools.cache
def items() -> Items:
    """Return the repository, made once per environment."""
    return Items(linked.table("items"))


def cursors() -> Cursors:
    """Return what makes and opens page cursors."""
    return Cursors(linked.secret("cursor-key").value())


@router.post("/items", status_code=201, summary="Create an item", tags=["items"])
def create_item(item: NewItem) -> Item:
    """Create an item; 409 when there is one of that name."""
    return items().create(item)


@router.get("/items", summary="List a category's items, the newest first", tags=["items"])
def list_items(
    category: Annotated[Category, Query()],
    since: Since = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(description="From the page before")] = None,
) -> ItemPage:
    """Return one page; a cursor is good for the query that it came from."""
    query = {"category": category, "since": timestamp(since) if since else None}
    start = cursors().open(cursor, query=query) if cursor else None
    page = items().by_category(category, since=since, limit=limit, start=start)
    return ItemPage(items=page.items, cursor=cursors().make(page.next, query=query) if page.next else None)


@router.get("/items/<id>", summary="Read an item", tags=["items"])
def get_item(item_id: Id) -> Item:
    """Return an item; 404 when there is none."""
    return items().get(item_id)


@router.patch("/items/<id>", summary="Change an item", tags=["items"])
def change_item(item_id: Id, changes: ItemChanges) -> Item:
    """Change what was sent and leave the rest; 409 when a version was sent and it has another by now."""
    return items().change(item_id, changes)


@router.delete("/items/<id>", summary="Delete an item", status_code=204, tags=["items"])
def delete_item(item_id: Id) -> Response[None]:
    """Delete an item; 404 when there is none."""
    items().delete(item_id)
    return Response(204)
