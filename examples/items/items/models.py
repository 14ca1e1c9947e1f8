"""What an item is, and what a caller may send."""

import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"


def slug(name: str) -> str:
    """Return a name in the form that is fit for URLs, which is the item's id.

    Examples
    --------
    >>> slug("Café au lait, No. 5")
    'cafe-au-lait-no-5'
    """
    ascii_only = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", ascii_only))


def _one_line(name: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise PydanticCustomError("control_character", "Must have no control characters, such as line breaks")
    return name


def _is_slug(value: object) -> object:
    """Say in words what the pattern asks for."""
    if isinstance(value, str) and not re.fullmatch(SLUG, value):
        raise PydanticCustomError("no_slug", "Must be of lower-case letters a-z and digits, joined by single hyphens")
    return value


def _has_id(name: str) -> str:
    if not slug(name):
        raise PydanticCustomError("no_id", "Use at least one of the letters a-z or digits")
    return name


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
    AfterValidator(_one_line),
    AfterValidator(_has_id),
]
ItemId = Annotated[str, StringConstraints(pattern=SLUG, max_length=200), BeforeValidator(_is_slug)]
Category = Annotated[str, StringConstraints(pattern=SLUG, max_length=40), BeforeValidator(_is_slug)]
Description = Annotated[str, StringConstraints(max_length=2000)]
# A decimal all the way to the table; a JSON number for callers. Twelve digits pass through a float unchanged.
Price = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2), PlainSerializer(float, when_used="json")]
Quantity = Annotated[int, Field(ge=0, le=1_000_000)]


class Model(BaseModel):
    """Fields in snake case here, in camel case in JSON."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid")


class NewItem(Model):
    """What a caller sends to create an item. Its id is made of the name, so names are unique."""

    name: Name
    category: Category
    price: Price
    quantity: Quantity = 0
    description: Description | None = None


class ItemChanges(Model):
    """What a caller sends to change an item: only what changes. The name stays: it is the item's identity."""

    category: Category = Field(default=None)
    price: Price = Field(default=None)
    quantity: Quantity = Field(default=None)
    description: Description | None = Field(default=None, description="null removes it")
    version: int | None = Field(default=None, description="Change only if the item still has this version")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.fields():
            raise PydanticCustomError("nothing_to_change", "Send at least one field to change")
        return self

    def fields(self) -> dict[str, object]:
        """Return the fields to change and their new values."""
        return self.model_dump(exclude_unset=True, exclude={"version"})


class Item(Model):
    """An item."""

    id: str
    name: str
    category: str
    price: Price
    quantity: int
    description: str | None = None
    version: int = Field(description="Grows by one with each change")
    created_at: datetime
    updated_at: datetime


class ItemPage(Model):
    """One page of a list."""

    items: list[Item]
    cursor: str | None = Field(default=None, description="Pass it on for the next page; null on the last one")


class User(Model):
    """A user's profile."""

    id: str
    email: str
    name: str
