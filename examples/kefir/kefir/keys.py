"""The keys of the single table.

===============  =====================  ========================  ================================
what             PK                     SK                        GSI1PK / GSI1SK
===============  =====================  ========================  ================================
batch            ``USER#user``          ``BATCH#id``              shared: ``PUBLIC#id`` / ``BATCH``
event            ``USER#user``          ``EVENT#batch#id``
reminder         ``USER#user``          ``REMINDER#batch#id``
one-time code    ``CODE#id``            ``CODE``
codes of a user  ``CODES#user``         ``HOUR#hour``
===============  =====================  ========================  ================================

All that a user has lies in the partition of that user, so there is no key with which one could ask for another's. A
batch is in the index only while it is shared: what is not, cannot be found there.
"""

from cumulo.runtime.keys import Key, key

INDEX = "GSI1"


def user(user_id: str) -> str:
    """Return the partition of all that a user has."""
    return key("USER", user_id)


def batch(user_id: str, batch_id: str) -> Key:
    """Return the key of a batch."""
    return Key(user(user_id), key("BATCH", batch_id))


def batches() -> str:
    """Return how the sort keys of batches begin."""
    return key("BATCH", "")


def part(kind: str, user_id: str, batch_id: str, part_id: str) -> Key:
    """Return the key of an event or a reminder of a batch."""
    return Key(user(user_id), key(kind, batch_id, part_id))


def parts(kind: str, batch_id: str) -> str:
    """Return how the sort keys of a batch's events or reminders begin."""
    return key(kind, batch_id, "")


def public(batch_id: str) -> Key:
    """Return the key of a shared batch in the index."""
    return Key(key("PUBLIC", batch_id), "BATCH")


def code(code_id: str) -> Key:
    """Return the key of a one-time code."""
    return Key(key("CODE", code_id), "CODE")


def codes(user_id: str, hour: int) -> Key:
    """Return the key of how many codes a user was sent in an hour."""
    return Key(key("CODES", user_id), key("HOUR", hour))
