"""S3 Lifecycle: when objects, old versions and unfinished uploads of a bucket expire, and their expiry.

Days are counted from the creation of an object, or from when a version was overwritten, and rounded up to the next
midnight UTC: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html.
Transitions to other storage classes change nothing that can be seen here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from xml.etree import ElementTree

from ministack.core.responses import get_region, request_scope
from ministack.services import s3

DAY = 86_400
Rule = Mapping[str, Any]
Version = Mapping[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True)
class Expiring:
    """Something that expires, and when.

    Parameters
    ----------
    due
        When, in seconds since the epoch.
    what
        ``"object"``, ``"old version"``, ``"delete marker"``, ``"unfinished upload"``.
    expire
        Has it expire, and tells whether it did: another rule may have been first.
    """

    due: float
    what: str
    expire: Callable[[], bool]


class Lifecycle:
    """The buckets with lifecycle rules of all accounts."""

    def __init__(self) -> None:
        self._known: dict[Key, tuple[Any, float]] = {}
        put = s3._put_bucket_lifecycle
        s3._put_bucket_lifecycle = lambda name, body: put(name, _with_filters(body))

    def look(self, now: float) -> None:
        """Take in that something may have been written: whatever was, is due at the earliest when it is new now.

        The objects are read only when a bucket's rules are others than before.
        """
        known = {}
        for key, rules in s3._bucket_lifecycle._data.items():
            before = self._known.get(key)
            if before is None or before[0] is not rules:
                known[key] = rules, _next_due(key)
            else:
                known[key] = rules, min(before[1], _earliest(_enabled(rules), now))
        self._known = known

    def forget(self) -> None:
        """Read all objects at the next look: they were replaced."""
        self._known = {}

    def next_due(self) -> float:
        """Return when something may expire next, in seconds since the epoch; infinity when nothing will."""
        return min((due for _, due in self._known.values()), default=math.inf)

    def expire_due(self, now: float) -> Iterator[tuple[str, str, int]]:
        """Expire what is due; yields buckets' names, what went, and how many of it."""
        for key, (rules, next_) in [*self._known.items()]:
            if next_ > now:
                continue
            for what, number in _expire(key, now).items():
                yield key[1], what, number
            self._known[key] = rules, _next_due(key, after=now)


def _with_filters(body: bytes) -> bytes:
    """Move a rule's own prefix, which is deprecated, into a filter: the emulator would take it for all objects.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
    """
    try:
        document = s3.fromstring(body)
    except (SyntaxError, ValueError):  # malformed, or with entities
        return body  # which the emulator refuses
    for rule in document:
        prefix = rule.find("{*}Prefix")
        if prefix is not None:
            rule.remove(prefix)
            ElementTree.SubElement(rule, prefix.tag.replace("Prefix", "Filter")).append(prefix)
    return bytes(ElementTree.tostring(document))


def midnight(when: float) -> float:
    """Return a time rounded up to midnight UTC.

    Examples
    --------
    >>> midnight(86_400.0), midnight(86_401.0)
    (86400.0, 172800.0)
    """
    return math.ceil(when / DAY) * float(DAY)


def _expire(key: Key, now: float) -> dict[str, int]:
    """Expire what is due, and what becomes due by that."""
    gone: dict[str, int] = {}
    with request_scope(key[0], s3.bucket_region(key[1]) or get_region()):
        while went := [each.what for each in [*_expiring(key)] if each.due <= now and each.expire()]:
            for what in went:
                gone[what] = gone.get(what, 0) + 1
    return gone


def _next_due(key: Key, after: float = -math.inf) -> float:
    with request_scope(key[0], get_region()):
        return min((each.due for each in _expiring(key) if each.due > after), default=math.inf)


def _enabled(rules: Any) -> list[Rule]:
    # What the emulator could not read it keeps as text.
    return [rule for rule in rules if rule["Status"] == "Enabled"] if isinstance(rules, list) else []


def _earliest(rules: list[Rule], now: float) -> float:
    return min((due for rule in rules for due in _dues_of_new(rule, now)), default=math.inf)


def _dues_of_new(rule: Rule, now: float) -> Iterator[float]:
    expiration = rule.get("Expiration", {})
    if expiration:
        yield _due_of_current(expiration, now)
        yield midnight(now) if expiration.get("ExpiredObjectDeleteMarker") else math.inf
    for name, days in (
        ("NoncurrentVersionExpiration", "NoncurrentDays"),
        ("AbortIncompleteMultipartUpload", "DaysAfterInitiation"),
    ):
        if name in rule:
            yield midnight(now + rule[name].get(days, 0) * DAY)


def _due_of_current(expiration: Mapping[str, Any], created: float) -> float:
    if "Days" in expiration:
        return midnight(created + expiration["Days"] * DAY)
    if "Date" in expiration:
        return max(_seconds(expiration["Date"]), midnight(created))
    return math.inf


def _expiring(key: Key) -> Iterator[Expiring]:
    """Yield everything in a bucket that will expire; what is under retention or legal hold is left out."""
    name = key[1]
    rules = _enabled(s3._bucket_lifecycle._data.get(key))
    bucket = s3._buckets.get(name)
    if bucket is None:
        return
    for rule in rules:
        yield from _uploads(name, rule)
        if "Expiration" in rule:
            yield from _current(name, bucket, rule)
            yield from _markers(name, bucket, rule)
        if "NoncurrentVersionExpiration" in rule:
            yield from _noncurrent(name, bucket, rule)


def _current(name: str, bucket: dict[str, Any], rule: Rule) -> Iterator[Expiring]:
    for object_key, record in bucket["objects"].items():
        due = _due_of_current(rule["Expiration"], _seconds(record["last_modified"]))
        if due < math.inf and _applies(rule, name, object_key, record) and not _locked(name, object_key, record):
            yield Expiring(due, "object", partial(_expire_current, name, bucket, object_key))


def _markers(name: str, bucket: dict[str, Any], rule: Rule) -> Iterator[Expiring]:
    """Yield delete markers that nothing is left under.

    A rule in days removes those that are old enough:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html
    """
    expiration = rule["Expiration"]
    for object_key, versions in _versions(name):
        last = versions[-1]
        if len(versions) > 1 or not last.get("is_delete_marker") or not _applies(rule, name, object_key, last):
            continue
        created = _seconds(last["last_modified"])
        soon = midnight(created) if expiration.get("ExpiredObjectDeleteMarker") else math.inf
        due = min(soon, _due_of_current(expiration, created))
        if due < math.inf:
            yield Expiring(due, "delete marker", partial(_delete, name, bucket, object_key, last["version_id"]))


def _noncurrent(name: str, bucket: dict[str, Any], rule: Rule) -> Iterator[Expiring]:
    expiration = rule["NoncurrentVersionExpiration"]
    kept = expiration.get("NewerNoncurrentVersions", 0)
    for object_key, versions in _versions(name):
        for index, version in enumerate(versions[: max(0, len(versions) - 1 - kept)]):
            overwritten = _seconds(versions[index + 1]["last_modified"])
            due = midnight(overwritten + expiration.get("NoncurrentDays", 0) * DAY)
            if _applies(rule, name, object_key, version) and not _locked(name, object_key, version):
                yield Expiring(due, "old version", partial(_delete, name, bucket, object_key, version["version_id"]))


def _uploads(name: str, rule: Rule) -> Iterator[Expiring]:
    aborting = rule.get("AbortIncompleteMultipartUpload") or {}
    for id_, upload in s3._multipart_uploads.items() if aborting else ():
        if upload["bucket"] == name and upload["key"].startswith(_prefix(rule)):
            due = midnight(_seconds(upload["created"]) + aborting["DaysAfterInitiation"] * DAY)
            yield Expiring(due, "unfinished upload", partial(_abort, id_))


def _abort(upload: str) -> bool:
    return s3._multipart_uploads.pop(upload, None) is not None


def _expire_current(name: str, bucket: dict[str, Any], key: str) -> bool:
    """Delete an object; in a versioned bucket, put a delete marker over it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configure-notification.html
    """
    if key not in bucket["objects"]:
        return False
    if name in s3._bucket_versioning:
        marker = s3._record_delete_marker(name, key, bucket["objects"][key])
        del bucket["objects"][key]
        s3._fire_s3_event_async(name, key, "s3:LifecycleExpiration:DeleteMarkerCreated", version_id=marker)
    else:
        s3._purge_current_object(name, key, bucket)
        s3._fire_s3_event_async(name, key, "s3:LifecycleExpiration:Delete")
    return True


def _delete(name: str, bucket: dict[str, Any], key: str, version: str) -> bool:
    found, _ = s3._delete_object_version(bucket, name, key, version)
    if found:
        s3._fire_s3_event_async(name, key, "s3:LifecycleExpiration:Delete", version_id=version)
    return bool(found)


def _versions(name: str) -> list[tuple[str, list[Version]]]:
    return [(key, versions) for (of, key), versions in s3._object_versions.items() if of == name and versions]


def _applies(rule: Rule, name: str, key: str, record: Version) -> bool:
    """Tell whether a rule's filter takes an object.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html
    """
    filter_ = rule.get("Filter", {})
    conditions = filter_.get("And", filter_)
    if not key.startswith(conditions.get("Prefix", "")):
        return False
    size = record.get("size", 0)
    if size <= conditions.get("ObjectSizeGreaterThan", -1) or size >= conditions.get("ObjectSizeLessThan", math.inf):
        return False
    wanted = conditions.get("Tags") or ([filter_["Tag"]] if "Tag" in filter_ else [])
    tags = s3._object_tags.get((name, key, record.get("version_id"))) or {} if wanted else {}
    return all(tags.get(tag["Key"]) == tag["Value"] for tag in wanted)


def _prefix(rule: Rule) -> str:
    filter_ = rule.get("Filter", {})
    return str(filter_.get("And", filter_).get("Prefix", ""))


def _locked(name: str, key: str, record: Version) -> bool:
    return s3._check_object_lock(name, key, {}, record.get("version_id")) is not None


def _seconds(text: str) -> float:
    when = datetime.fromisoformat(text)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
