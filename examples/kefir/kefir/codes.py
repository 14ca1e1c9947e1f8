"""One-time codes: made, kept as a hash, and checked at most three times each.

A code is six digits, so what protects it is how often one may guess: ``TRIES`` times a code, and ``CODES_PER_HOUR``
codes an hour for a user, which the table counts. Sessions of Cognito do not matter here, a guesser could have many at
once.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cumulo.runtime.keys import Key
from cumulo.runtime.linked import Table
from cumulo.runtime.values import to_attributes
from kefir import keys

DIGITS = 6
LIFETIME = 5 * 60
TRIES = 3
CODES_PER_HOUR = 5
HOUR = 60 * 60


@dataclass(frozen=True)
class Code:
    """A code that was made.

    Parameters
    ----------
    id
        Says which code is meant, and nothing of the code.
    digits
        The code, for the mail: it is kept nowhere, and its representation does not show it.
    """

    id: str
    digits: str

    def __repr__(self) -> str:
        return f"Code({self.id!r})"


class Codes:
    """The codes that are out.

    Parameters
    ----------
    table
        Where they are kept, each until it is used or its time is over.
    pepper
        Gives a secret that is not in the table: who reads the table alone cannot find out a code by trying all.
    """

    def __init__(self, table: Table, pepper: Callable[[], str]) -> None:
        self._table = table
        self._pepper = pepper

    def may_have(self, user: str) -> bool:
        """Return whether a user may have one more code in this hour, and count it."""
        hour = int(time.time()) // HOUR
        counted = self._if(
            "attribute_not_exists(#key) OR made < :most",
            keys.codes(user, hour),
            "ADD made :one SET #ttl = :end",
            {":most": CODES_PER_HOUR, ":one": 1, ":end": (hour + 1) * HOUR},
            {"#key": "PK", "#ttl": "TTL"},
        )
        return counted is not None

    def make(self, *, usable: bool) -> Code:
        """Return a new code; one that is not usable looks the same, and no answer to it is right."""
        code = Code(secrets.token_hex(16), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}")
        kept = self._hash(code.id, code.digits if usable else secrets.token_hex(16))
        expires = int(time.time()) + LIFETIME
        stored = {"hash": kept, "expires": expires, "tries": 0, "TTL": expires}
        self._table.client.put_item(
            TableName=self._table.name, Item=to_attributes({**_fields(keys.code(code.id)), **stored})
        )
        return code

    def check(self, code_id: str, answer: str) -> bool:
        """Return whether an answer is the code, and count the try; a code that was right is used up."""
        key = keys.code(code_id)
        kept = self._if(
            "attribute_exists(#key) AND tries < :most AND expires > :now",
            key,
            "ADD tries :one",
            {":most": TRIES, ":now": int(time.time()), ":one": 1},
            {"#key": "PK"},
        )
        # Nothing is kept of a code that is used, expired or tried too often: no answer is right then.
        expected = kept["hash"]["S"] if kept else ""
        # Takes equally long wherever the two differ.
        if not hmac.compare_digest(expected, self._hash(code_id, answer)):
            return False
        return self._use_up(key)

    def _if(
        self, condition: str, key: Key, update: str, values: dict[str, int], names: dict[str, str]
    ) -> dict[str, Any] | None:
        """Change an item on a condition, in one step; return it, or ``None`` when the condition is not met."""
        client = self._table.client
        try:
            answer = client.update_item(
                TableName=self._table.name,
                Key=to_attributes(_fields(key)),
                ConditionExpression=condition,
                UpdateExpression=update,
                ExpressionAttributeValues=to_attributes(values),
                ReturnValues="ALL_NEW",
                ExpressionAttributeNames=names,
            )
        except client.exceptions.ConditionalCheckFailedException:
            return None
        return answer["Attributes"]

    def _use_up(self, key: Key) -> bool:
        """Delete a code; return whether this call did it: of two right answers at once only one counts."""
        client = self._table.client
        try:
            client.delete_item(
                TableName=self._table.name,
                Key=to_attributes(_fields(key)),
                ConditionExpression="attribute_exists(PK)",
            )
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _hash(self, code_id: str, digits: str) -> str:
        """Return what is kept of a code. Its id is random and salts the hash: equal codes have different ones."""
        text = f"{code_id}/{digits}".encode(errors="replace")
        return hmac.new(self._pepper().encode(), text, hashlib.sha256).hexdigest()


def _fields(key: Key) -> dict[str, str]:
    return {"PK": key.partition, "SK": key.sort}
