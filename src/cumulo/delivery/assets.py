"""Uploading what CloudFormation reads from S3: code assets and templates, by their content."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from cumulo.assembly import Assembly, Template
from cumulo.delivery.session import Target, aws_errors, error_of
from cumulo.errors import CumuloError

_AT_ONCE = 8
_PREFIX = "assets/"


@dataclass(frozen=True)
class Upload:
    """One object that has to be in the bucket.

    Parameters
    ----------
    key
        Its key, which names the content.
    read
        Returns the content.
    """

    key: str
    read: Callable[[], bytes]


def asset_uploads(assembly: Assembly) -> tuple[Upload, ...]:
    """Return the code assets that the assembly's templates name.

    Raises
    ------
    CumuloError
        When a template names an asset that is not there.
    """
    keys = sorted({key for stack in assembly.stacks for key in _asset_keys(stack.template.get("Resources"))})
    for key in keys:
        if not assembly.asset_path(key.removeprefix(_PREFIX)).is_file():
            raise CumuloError(
                "the code asset is missing", where=str(assembly.folder / key), hint="run `cumulo synth` again"
            )
    return tuple(Upload(key, _reader(assembly, key)) for key in keys)


def template_upload(template: Template) -> Upload:
    """Return the upload of a template, keyed by its content.

    Templates always go through S3: the request takes 51,200 bytes, an object 1 MB
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html).
    """
    body = json.dumps(template, separators=(",", ":")).encode()
    return Upload(f"templates/{hashlib.sha256(body).hexdigest()}.json", lambda: body)


def url(target: Target, bucket: str, key: str) -> str:
    """Return the address under which CloudFormation reads an object."""
    return f"{target.s3.meta.endpoint_url}/{bucket}/{key}"


def upload(target: Target, bucket: str, uploads: tuple[Upload, ...], say: Callable[[str], None]) -> int:
    """Upload what is not there yet, several at a time.

    Content is addressed by its hash, so what is there is what it has to be. S3 itself verifies the
    SHA-256 of what arrives
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).

    Parameters
    ----------
    target, bucket
        Where to.
    uploads
        What has to be there.
    say
        Takes a line for each upload, when it is done.

    Returns
    -------
    int
        How many had to be uploaded.

    Raises
    ------
    CumuloError
        When an asset on disk is not what its name says, or S3 refuses.
    """
    with aws_errors(where=f"bucket {bucket}"), ThreadPoolExecutor(_AT_ONCE) as pool:
        there = list(pool.map(lambda item: _is_there(target, bucket, item.key), uploads))
        missing = [item for item, found in zip(uploads, there, strict=True) if not found]
        sizes = pool.map(lambda item: _put(target, bucket, item), missing)
        for number, (item, size) in enumerate(zip(missing, sizes, strict=True), start=1):
            say(f"uploaded {_short(item.key)} ({_human(size)}), {number} of {len(missing)}")
    return len(missing)


def _asset_keys(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        key = node.get("S3Key")
        if isinstance(key, str) and key.startswith(_PREFIX):
            yield key
        for value in node.values():
            yield from _asset_keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from _asset_keys(value)


def _reader(assembly: Assembly, key: str) -> Callable[[], bytes]:
    path = assembly.asset_path(key.removeprefix(_PREFIX))

    def read() -> bytes:
        body = path.read_bytes()
        if hashlib.sha256(body).hexdigest() != path.stem:
            raise CumuloError(
                "the code asset is damaged: its content is not what its name says",
                where=str(path),
                hint="delete it and run `cumulo synth` again",
            )
        return body

    return read


def _is_there(target: Target, bucket: str, key: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        target.s3.head_object(Bucket=bucket, Key=key, ExpectedBucketOwner=target.account)
    except ClientError as error:
        if error_of(error)[0] in {"404", "NoSuchKey"}:
            return False
        raise
    return True


def _put(target: Target, bucket: str, item: Upload) -> int:
    body = item.read()
    target.s3.put_object(
        Bucket=bucket,
        Key=item.key,
        Body=body,
        ChecksumSHA256=base64.b64encode(hashlib.sha256(body).digest()).decode(),
        ExpectedBucketOwner=target.account,
    )
    return len(body)


def _short(key: str) -> str:
    folder, _, name = key.partition("/")
    digest, _, suffix = name.partition(".")
    return f"{folder}/{digest[:12]}….{suffix}"


def _human(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"
