"""The keys of the single table.

==================  =======================  ====================  ======================
what                PK                       SK                    GSI1PK / GSI1SK
==================  =======================  ====================  ======================
item                ``ITEM#id``              ``ITEM#name``         ``CATEGORY#category`` / ``time#id``
user                ``USER#id``              ``USER#profile``      ``EMAIL#address`` / ``USER#id``
==================  =======================  ====================  ======================

An item's id is its name in the form that is fit for URLs. So the id alone gives both keys, an item is read with one
``GetItem``, and a second item of the same name meets the same key.
"""

from datetime import datetime

from cumulo.runtime.keys import Key, key
from cumulo.runtime.values import timestamp

INDEX = "GSI1"


def item(item_id: str) -> Key:
    """Return the key of an item."""
    return Key(key("ITEM", item_id), key("ITEM", item_id))


def category(name: str) -> str:
    """Return the index partition of the items of a category."""
    return key("CATEGORY", name)


def recency(created_at: datetime, item_id: str) -> str:
    """Return the index sort key of an item: items sort by the time they were created."""
    return f"{timestamp(created_at)}#{item_id}"


def user(user_id: str) -> Key:
    """Return the key of a user's profile."""
    return Key(key("USER", user_id), key("USER", "profile"))


def email(address: str) -> str:
    """Return the index partition of an e-mail address, whose case does not count."""
    return key("EMAIL", address.strip().casefold())
