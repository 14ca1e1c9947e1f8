"""Believable data for a stage that is being developed: ``cumulo seed``.

A production stage is never seeded: ``cumulo seed`` refuses it, and so does this script.
"""

import math
import random
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kefir.accounts import Accounts
from kefir.models import Batch, Milk, NewBatch, NewEvent, Step
from kefir.photos import key_of
from kefir.repository import Batches, Events

from cumulo.runtime.bucket import Bucket
from cumulo.runtime.linked import Table

if TYPE_CHECKING:
    from cumulo.delivery.seeding import Seeding

PEOPLE = ("ada@example.org", "grace@example.org", "linus@example.org")
NAMES = ("Mild one", "Grandmother's", "Experiment no. 7", "For the neighbours", "Thick and sour", "Sunday batch")
NOTES = ("A litre of milk, two spoons of grains.", "Second fermentation with figs.", "Smells of yeast.", None)
REMARKS = ("Thicker than the last.", "A bit too sour.", "Grains have doubled.", None)
SIZE = 160


def seed(stage: "Seeding") -> None:
    """Make people, each with some batches, their events and photos; the newest batch of each is shared."""
    if stage.stage == "prod":
        raise SystemExit("production has people of its own")
    resources = stage.resources
    table = Table(resources["data"]["Table"], stage.session.client("dynamodb"))
    photos = Bucket(resources["data"]["PhotosBucket"], stage.session.client("s3"))
    accounts = Accounts(stage.session.client("cognito-idp"), resources["auth"]["UsersPool"])
    chance = random.Random(20260301)  # noqa: S311 - the same data each time, and no secret
    for address in PEOPLE:
        accounts.ensure(address)
        user = accounts.id_of(address)
        batches = [_batch(table, user, chance, age) for age in (60, 32, 15, 3)]
        for batch in batches:
            _put_photo(photos, batch, chance)
        stage.say(f"{address}: {len(batches)} batches, shared: /public/b/{batches[-1].id}")


def _batch(table: Table, user: str, chance: random.Random, age: int) -> Batch:
    """Make a batch that is so many days old, and what was done with it since."""
    started = datetime.now(UTC).replace(microsecond=0) - timedelta(days=age, hours=chance.randrange(12))
    new = NewBatch(
        name=chance.choice(NAMES),
        milk=chance.choice(list(Milk)),
        started_at=started,
        notes=chance.choice(NOTES),
        shared=age < 7,
    )
    batch = Batches(table).create(user, new)
    events = Events(table)
    for day in range(1, min(age, 14), 2):
        step = Step.STRAIN if day % 4 == 3 else Step.FEED
        at = started + timedelta(days=day, minutes=chance.randrange(180))
        events.add(user, batch.id, NewEvent(step=step, at=at, note=chance.choice(REMARKS)))
    return batch


def _put_photo(photos: Bucket, batch: Batch, chance: random.Random) -> None:
    photos.client.put_object(
        Bucket=photos.name, Key=key_of(batch.id, "image/png"), Body=png(chance), ContentType="image/png"
    )


def png(chance: random.Random) -> bytes:
    """Return a picture of a glass of kefir, more or less: a PNG, made by hand.

    https://www.w3.org/TR/png/
    """
    shade, level = chance.randrange(180, 250), chance.uniform(0.2, 0.5)
    rows = b"".join(b"\0" + bytes(_row(y / SIZE, shade, level)) for y in range(SIZE))
    header = SIZE.to_bytes(4) + SIZE.to_bytes(4) + bytes((8, 2, 0, 0, 0))
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _row(y: float, shade: int, level: float) -> Iterator[int]:
    for column in range(SIZE):
        x = column / SIZE
        in_glass = abs(x - 0.5) < 0.3 - 0.05 * y and y > 0.1
        if in_glass and y > level + 0.01 * math.sin(20 * x):
            yield from (shade, shade - 5, shade - 25)
        else:
            yield from (205, 222, 230) if in_glass else (150 - round(40 * y), 170, 140)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
