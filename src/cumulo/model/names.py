"""Names: of resources in AWS, of resources in a template, of environment variables."""

from __future__ import annotations

import re

from cumulo.errors import CumuloError

KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
HASH_LENGTH = 6


def check_id(what: str, id_: str, *, longest: int = 64) -> str:
    """Return the id when it is kebab case and not too long.

    Parameters
    ----------
    what
        What it names, for the error: ``"function"``.
    id_
        The id.
    longest
        Longest allowed length, in characters.

    Raises
    ------
    CumuloError
        When it is not kebab case (``create-item``) or too long.
    """
    where = f"{what} {id_!r}"
    if not isinstance(id_, str) or not KEBAB.match(id_):
        raise CumuloError(
            "a name is lower-case words joined by hyphens, beginning with a letter",
            where=where,
            hint=f"call it {_suggestion(str(id_))!r}",
        )
    if len(id_) > longest:
        raise CumuloError(
            f"the name has {len(id_)} characters, at most {longest} are allowed",
            where=where,
            hint="shorten it",
        )
    return id_


def physical(*parts: str, limit: int) -> str:
    """Join the parts of a physical name, shortened with a hash at a service's length limit.

    Parameters
    ----------
    *parts
        App, stage and id.
    limit
        The service's limit, in characters.

    Examples
    --------
    >>> physical("items", "dev", "create-item", limit=64)
    'items-dev-create-item'
    >>> physical("items", "dev", "a-rather-long-name", limit=20)
    'items-dev-a-r-b4b696'
    """
    name = "-".join(parts)
    if len(name) <= limit:
        return name
    import hashlib  # loads OpenSSL: few names are that long

    digest = hashlib.sha256(name.encode()).hexdigest()[:HASH_LENGTH]
    return f"{name[: limit - HASH_LENGTH - 1].rstrip('-')}-{digest}"


def logical(*parts: str) -> str:
    """Return a logical id: the words of all parts in Pascal case.

    Examples
    --------
    >>> logical("create-item", "function")
    'CreateItemFunction'
    """
    words = re.split(r"[^A-Za-z0-9]+", "-".join(parts))
    return "".join(word[0].upper() + word[1:] for word in words if word)


def variable(id_: str, kind: str, attribute: str) -> str:
    """Return the environment variable in which a link hands over an attribute of a resource.

    Examples
    --------
    >>> variable("items", "table", "name"), variable("table", "table", "name")
    ('ITEMS_TABLE_NAME', 'TABLE_NAME')
    """
    return f"{described(id_, kind)}-{attribute}".upper().replace("-", "_")


def described(id_: str, kind: str) -> str:
    """Return an id followed by the kind of thing it names, once.

    Examples
    --------
    >>> described("items", "table"), described("orders-queue", "queue"), described("api", "api")
    ('items-table', 'orders-queue', 'api')
    """
    return id_ if id_ == kind or id_.endswith(f"-{kind}") else f"{id_}-{kind}"


def _suggestion(id_: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", id_)
    words = re.sub(r"[^a-z0-9]+", "-", spaced.lower()).strip("-")
    return words if KEBAB.match(words) else f"x-{words}".rstrip("-")
