"""Ids that nobody can guess and that sort by the time they were made.

They are ULIDs (https://github.com/ulid/spec): 48 bits of time in milliseconds and 80 random bits, in 26 characters.
"""

import secrets
import time

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26
PATTERN = rf"^[{ALPHABET}]{{{LENGTH}}}$"


def new_id() -> str:
    """Return a new id.

    Examples
    --------
    >>> earlier = new_id()
    >>> len(earlier)
    26
    """
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))
