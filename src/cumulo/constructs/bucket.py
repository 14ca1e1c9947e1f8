"""Bucket: an S3 bucket that nobody but its account reaches."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from troposphere import Sub, s3

from cumulo.model.checks import check_duration, check_list, check_type
from cumulo.model.construct import Construct
from cumulo.model.links import Grant, Link
from cumulo.model.names import variable
from cumulo.model.references import Reference
from cumulo.model.stack import Stack
from cumulo.model.units import days

TIERED_AFTER = days(30)
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
CORS_METHODS = ("GET", "HEAD", "PUT")
CORS_MAX_AGE = 3600
ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://(\*?[^/\s*]+|[^/\s*]+\*[^/\s*]*)")


class Bucket(Construct):
    """An S3 bucket: closed to the public, encrypted, reached by TLS only; in production versioned and kept.

    Parameters
    ----------
    scope, id
        The stack and the bucket's name in it. Its name in AWS ends in the account's id, as names are global.
    cors
        Web origins whose pages may read and put objects with presigned URLs: ``stage.origins``. ``"*"`` is any.
    expire_after
        Age at which objects expire, in whole days. Without it, objects that are read seldom move to a cheaper class
        (Intelligent-Tiering, after 30 days).
    abort_uploads_after
        Age at which unfinished multipart uploads are aborted, in whole days.
    versioned
        Whether overwritten and deleted objects can be brought back; by default in production.
    keep_versions
        How long they can, in whole days.

    Notes
    -----
    Multipart uploads are aborted, and objects expire, at the next midnight UTC:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html

    Examples
    --------
    >>> from cumulo import App, Stage
    >>> data = Stack(App("kefir", Stage("dev")), "data")
    >>> photos = Bucket(data, "photos", expire_after=days(365), cors=("https://app.example.com",))
    >>> photos.name
    'kefir-dev-photos'
    >>> photos.put("uploads/*").grants[0].resources[0].suffix
    '/uploads/*'
    """

    kind: ClassVar[str] = "bucket"
    # 63 characters, less those of "-" and the account's id:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    name_limit: ClassVar[int] = 50

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        cors: Sequence[str] = (),
        expire_after: timedelta | None = None,
        abort_uploads_after: timedelta = days(7),  # noqa: B008
        versioned: bool | None = None,
        keep_versions: timedelta = days(30),  # noqa: B008
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        self._check_origins(cors)
        versioned = self.stage.production if versioned is None else versioned
        rules = [
            self._expiry(expire_after),
            {"Id": "unfinished-uploads", "AbortIncompleteMultipartUpload": self._aborting(abort_uploads_after)},
        ]
        properties: dict[str, Any] = {
            "BucketName": Sub(f"{self.name}-${{AWS::AccountId}}"),
            "PublicAccessBlockConfiguration": s3.PublicAccessBlockConfiguration(
                BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
            ),
            "OwnershipControls": s3.OwnershipControls(
                Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
            ),
            "BucketEncryption": _encryption(),
        }
        if versioned:
            properties["VersioningConfiguration"] = s3.VersioningConfiguration(Status="Enabled")
            kept = s3.NoncurrentVersionExpiration(NoncurrentDays=self._whole_days("keep_versions", keep_versions))
            rules.append({"Id": "old-versions", "NoncurrentVersionExpiration": kept, **_markers(expire_after)})
        properties["LifecycleConfiguration"] = s3.LifecycleConfiguration(
            Rules=[s3.LifecycleRule(Status="Enabled", **rule) for rule in rules]
        )
        if cors:
            properties["CorsConfiguration"] = _cors(cors)
        keep: dict[str, Any] = (
            {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"} if self.stage.production else {}
        )
        self.bucket = self.add(s3.Bucket(self.logical_id(), **properties, **keep))
        self.policy = self.add(self._policy(keep))

    @property
    def arn(self) -> Reference:
        """The bucket's ARN."""
        return self.reference("Arn")

    @property
    def bucket_name(self) -> Reference:
        """The bucket's name."""
        return self.reference()

    def get(self, keys: str = "*") -> Link:
        """Return a link that may get objects; who may not list either gets 403 for a missing one, not 404.

        Parameters
        ----------
        keys
            Which ones: a key, or a pattern: ``"uploads/*"``.

        Notes
        -----
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        """
        return self._link(("s3:GetObject",), self._objects(keys))

    def put(self, keys: str = "*") -> Link:
        """Return a link that may put objects, in parts too; ``keys`` as for :meth:`get`."""
        return self._link(("s3:AbortMultipartUpload", "s3:PutObject"), self._objects(keys))

    def delete(self, keys: str = "*") -> Link:
        """Return a link that may delete objects; ``keys`` as for :meth:`get`."""
        return self._link(("s3:DeleteObject",), self._objects(keys))

    def list(self, prefix: str = "") -> Link:
        """Return a link that may list the keys that begin with a prefix, by default all."""
        self._check_keys("prefix", prefix)
        conditions = {"StringLike": {"s3:prefix": f"{prefix.rstrip('*')}*"}} if prefix else {}
        return self._link(("s3:ListBucket",), self.arn, conditions)

    def link(self) -> Link:
        """Return a link that may list, get, put and delete everything."""
        grants = (self.get(), self.put(), self.delete(), self.list())
        return Link(tuple(grant for link in grants for grant in link.grants), self._environment)

    @property
    def _environment(self) -> Mapping[str, Reference]:
        return {variable(self.id, "bucket", "name"): self.bucket_name}

    def _link(
        self, actions: tuple[str, ...], resource: Reference, conditions: Mapping[str, Mapping[str, str]] | None = None
    ) -> Link:
        return Link((Grant(actions, (resource,), conditions or {}),), self._environment)

    def _objects(self, keys: str) -> Reference:
        self._check_keys("keys", keys)
        if keys.endswith("/") or not keys:
            raise self.error(f"{keys!r} names no objects", hint=f'write "{keys}*"')
        return self.arn.followed_by(f"/{keys}")

    def _check_keys(self, name: str, keys: str) -> None:
        check_type(self.where, name, keys, str, "text", f'write "{name}/*"')
        if keys.startswith("/"):
            raise self.error(f"the key {keys!r} begins with a slash", hint=f"write {keys.lstrip('/')!r}")

    def _check_origins(self, origins: Sequence[str]) -> None:
        check_list(self.where, "cors", origins, '"https://app.example.com"')
        for origin in origins:
            if not ORIGIN.fullmatch(str(origin)):
                raise self.error(
                    f"{origin!r} is no origin", hint='write scheme and host, without a path: "https://app.example.com"'
                )

    def _expiry(self, after: timedelta | None) -> dict[str, Any]:
        if after is not None:
            return {"Id": "expiry", "ExpirationInDays": self._whole_days("expire_after", after)}
        tiering = s3.LifecycleRuleTransition(StorageClass="INTELLIGENT_TIERING", TransitionInDays=TIERED_AFTER.days)
        return {"Id": "seldom-read", "Transitions": [tiering]}

    def _aborting(self, after: timedelta) -> s3.AbortIncompleteMultipartUpload:
        return s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=self._whole_days("abort_uploads_after", after))

    def _whole_days(self, name: str, duration: timedelta) -> int:
        check_duration(self.where, name, duration, unit="days")
        if duration < days(1) or duration % days(1):
            raise self.error(f"{name} is {duration}, not whole days", hint=f"write {name}=days(7)")
        return duration.days

    def _policy(self, keep: dict[str, Any]) -> s3.BucketPolicy:
        refuse_plain_http = {
            "Sid": "RefusePlainHttp",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": self.value([self.arn, self.arn.followed_by("/*")]),
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        return s3.BucketPolicy(
            self.logical_id("bucket-policy"),
            Bucket=self.value(self.bucket_name),
            PolicyDocument={"Version": "2012-10-17", "Statement": [refuse_plain_http]},
            **keep,
        )


def _markers(expire_after: timedelta | None) -> dict[str, Any]:
    """Have delete markers without versions removed, which an expiry in days does by itself, and forbids to say."""
    return {} if expire_after else {"ExpiredObjectDeleteMarker": True}


def _encryption() -> s3.BucketEncryption:
    rule = s3.ServerSideEncryptionRule(
        BucketKeyEnabled=True,
        ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256"),
    )
    return s3.BucketEncryption(ServerSideEncryptionConfiguration=[rule])


def _cors(origins: Sequence[str]) -> s3.CorsConfiguration:
    rule = s3.CorsRules(
        AllowedOrigins=[*origins],
        AllowedMethods=[*CORS_METHODS],
        AllowedHeaders=["*"],
        ExposedHeaders=["ETag"],
        MaxAge=CORS_MAX_AGE,
    )
    return s3.CorsConfiguration(CorsRules=[rule])
