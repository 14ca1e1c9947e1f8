"""What a batch is and what belongs to it, and what a caller may send."""

import unicodedata
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    NaiveDatetime,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from kefir import ids, zones

FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
FARTHEST = timedelta(days=366)
LARGEST_PHOTO = 5 * 1024 * 1024


def _one_line(text: str) -> str:
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text):
        raise PydanticCustomError("control_character", "Must have no control characters, such as line breaks")
    return text


def _no_controls(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" and character not in "\n\t" for character in text):
        raise PydanticCustomError("control_character", "Must have no control characters but line breaks and tabs")
    return text


def _near(moment: datetime) -> datetime:
    """Refuse times that cannot be meant; beyond these bounds a time in another zone may not exist at all."""
    if not FIRST_DAY <= moment <= datetime.now(UTC) + FARTHEST:
        raise PydanticCustomError("not_near", "Must be between the year 2000 and a year from now")
    return moment.astimezone(UTC)


def _zone(name: str) -> str:
    if name not in zones.names():
        raise PydanticCustomError("no_zone", "Must be a time zone of the IANA database, such as Europe/Berlin")
    return name


# What has the form of an address; whether it is one shows when a code arrives there.
ADDRESS = r"^[^@\s\"(),:;<>\[\\\]]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
Address = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=ADDRESS)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), AfterValidator(_one_line)]
Note = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(_no_controls)
]
Id = Annotated[str, StringConstraints(pattern=ids.PATTERN)]
ReminderId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Moment = Annotated[AwareDatetime, AfterValidator(_near)]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]


class Milk(StrEnum):
    """What a batch is made of."""

    COW = "cow"
    GOAT = "goat"
    SHEEP = "sheep"
    COCONUT = "coconut"
    OAT = "oat"
    WATER = "water"


class Step(StrEnum):
    """What is done with a batch."""

    FEED = "feed"
    STRAIN = "strain"
    NOTE = "note"


class PhotoType(StrEnum):
    """What a photo may be."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


class Model(BaseModel):
    """Fields in snake case here, in camel case in JSON."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid")


class NewBatch(Model):
    """What a caller sends to start a batch."""

    name: Name
    milk: Milk
    started_at: Moment = Field(default_factory=lambda: datetime.now(UTC))
    notes: Note | None = None
    shared: bool = Field(default=False, description="Whether everyone who has its id may see its public page")


class BatchChanges(Model):
    """What a caller sends to change a batch: only what changes."""

    name: Name = Field(default=None)
    milk: Milk = Field(default=None)
    started_at: Moment = Field(default=None, description="Its reminders move with it")
    notes: Note | None = Field(default=None, description="null removes them")
    shared: bool = Field(default=None)
    version: int | None = Field(default=None, description="Change only if the batch still has this version")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.fields():
            raise PydanticCustomError("nothing_to_change", "Send at least one field to change")
        return self

    def fields(self) -> dict[str, object]:
        """Return the fields to change and their new values."""
        return self.model_dump(exclude_unset=True, exclude={"version"})


class Batch(Model):
    """A batch of kefir."""

    id: str
    name: str
    milk: Milk
    started_at: datetime
    notes: str | None = None
    shared: bool
    version: int = Field(description="Grows by one with each change")
    created_at: datetime
    updated_at: datetime


class NewEvent(Model):
    """What a caller sends to say that something was done with a batch."""

    step: Step
    at: Moment = Field(default_factory=lambda: datetime.now(UTC))
    note: Note | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.step == Step.NOTE and self.note is None:
            raise PydanticCustomError("empty_note", "Send the note")
        return self


class Event(Model):
    """Something that was done with a batch."""

    id: str
    step: Step
    at: datetime
    note: str | None = None


class NewPhoto(Model):
    """What a caller sends before it uploads a photo."""

    content_type: PhotoType
    size: int = Field(ge=1, le=LARGEST_PHOTO, description="Exactly how many bytes the photo has")


class Upload(Model):
    """Where a photo goes: exactly this type and size, with these headers, within the hour."""

    id: str
    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str]


class Photo(Model):
    """A photo of a batch."""

    id: str
    url: str = Field(description="Good for an hour")
    size: int
    uploaded_at: datetime


class NewReminder(Model):
    """What a caller sends to be reminded. Asking for the same reminder again changes nothing."""

    step: Literal[Step.FEED, Step.STRAIN]
    zone: Zone
    at: NaiveDatetime = Field(description="What the clock on the caller's wall shows then: 2026-12-01T09:00")

    @field_validator("at")
    @classmethod
    def _comes(cls, at: datetime, others: ValidationInfo) -> datetime:
        at = at.replace(microsecond=0)
        zone = others.data.get("zone")
        if zone is None:  # that is an error of its own
            return at
        now = zones.wall(datetime.now(UTC), zone)
        if not now - FARTHEST < at < now + FARTHEST:
            raise PydanticCustomError("not_near", "Must be within a year from now")
        if not zones.shown(at, zone):
            raise PydanticCustomError("no_such_time", "There is no such time: the clocks of the zone go forward then")
        if zones.instant(at, zone) <= datetime.now(UTC):
            raise PydanticCustomError("past", "Must be in the future")
        return at


class Reminder(Model):
    """A reminder of a batch."""

    id: str
    step: Step
    zone: str
    at: datetime = Field(description="What the clock on the wall shows then")
    sent_at: datetime | None = None


class BatchDetails(Batch):
    """A batch with all that belongs to it."""

    events: list[Event] = Field(description="The newest first, at most 100")
    photos: list[Photo]
    reminders: list[Reminder]


class BatchPage(Model):
    """One page of a list."""

    batches: list[Batch]
    cursor: str | None = Field(default=None, description="Pass it on for the next page; null on the last one")


class PublicBatch(Model):
    """What everyone may see of a batch that is shared: not who brews it, nor the notes."""

    id: str
    name: str
    milk: Milk
    started_at: datetime
    photo: str | None = Field(default=None, description="The newest photo; the address is good for an hour")


class NewAccount(Model):
    """What someone sends to sign up."""

    email: Address
