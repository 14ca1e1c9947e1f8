"""The access patterns of the single table.

Refusals of the table come as ``NotFoundError`` and ``ConflictError``: see ``cumulo.runtime.errors``.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cumulo.runtime.keys import Key
from cumulo.runtime.linked import Table
from cumulo.runtime.repository import Page, Repository
from cumulo.runtime.values import timestamp
from items import keys
from items.models import Item, ItemChanges, NewItem, User, slug


class Items:
    """Items: by id, and by category with the newest first."""

    def __init__(self, table: Table) -> None:
        self._items = Repository(table, load=Item.model_validate, dump=Item.model_dump)

    def create(self, new: NewItem) -> Item:
        """Store a new item; a conflict when there is one of that name."""
        now = datetime.now(UTC)
        item = Item(id=slug(new.name), version=1, created_at=now, updated_at=now, **new.model_dump())
        place = Key(keys.category(item.category), keys.recency(now, item.id))
        return self._items.create(keys.item(item.id), item, indexes={keys.INDEX: place})

    def get(self, item_id: str) -> Item:
        """Return an item."""
        return self._items.get(keys.item(item_id))

    def change(self, item_id: str, changes: ItemChanges) -> Item:
        """Change some fields of an item; a conflict when a version was named and it has another by now."""
        return self._items.update(
            keys.item(item_id),
            {**changes.fields(), "updated_at": datetime.now(UTC)},
            increase={"version": 1},
            indexes={keys.INDEX: keys.category(changes.category)} if changes.category else {},
            expect={"version": changes.version} if changes.version is not None else {},
        )

    def delete(self, item_id: str) -> None:
        """Delete an item."""
        self._items.delete(keys.item(item_id))

    def by_category(
        self, category: str, *, since: datetime | None, limit: int, start: Mapping[str, Any] | None
    ) -> Page[Item]:
        """Return a page of the items of a category, the newest first."""
        return self._items.query(
            keys.category(category),
            index=keys.INDEX,
            since=timestamp(since) if since else None,
            limit=limit,
            start=start,
        )


class Users:
    """User profiles: by id, and by e-mail address."""

    def __init__(self, table: Table) -> None:
        self._users = Repository(table, load=User.model_validate, dump=User.model_dump, entity="user")

    def create(self, user: User) -> User:
        """Store a new profile; a conflict when there is one of that id."""
        place = Key(keys.email(user.email), keys.user(user.id).partition)
        return self._users.create(keys.user(user.id), user, indexes={keys.INDEX: place})

    def get(self, user_id: str) -> User:
        """Return a user's profile."""
        return self._users.get(keys.user(user_id))

    def by_email(self, address: str) -> list[User]:
        """Return the profiles with an e-mail address, whose case does not count."""
        return self._users.query(keys.email(address), index=keys.INDEX).items
