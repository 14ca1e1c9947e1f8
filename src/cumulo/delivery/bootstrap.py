"""The bucket that holds code assets and templates on their way to CloudFormation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cumulo.delivery.session import Target, aws_errors, error_of
from cumulo.errors import CumuloError

if TYPE_CHECKING:
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_s3.type_defs import CreateBucketConfigurationTypeDef

_KEEP_NONCURRENT_DAYS = 30
_ABORT_UPLOADS_DAYS = 7


def bucket_name(target: Target) -> str:
    """Return the name of the bucket for assets: one in each account and region."""
    return f"cumulo-assets-{target.account}-{target.region}"


def ensure_bucket(target: Target, say: Callable[[str], None]) -> str:
    """Make sure that the bucket for assets is there, is ours and is safe.

    A missing bucket is created: encrypted, versioned, closed to the public, refusing plain HTTP and
    access lists, and clearing what nobody needs. The policy is written last, so a bucket whose
    creation was interrupted is recognised by its missing policy and completed.

    Bucket names are global: somebody else may have taken the name on purpose, to receive our code.
    Every call therefore names the account that has to own the bucket
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html).

    Parameters
    ----------
    target
        The account and region.
    say
        Takes a line when something is created.

    Returns
    -------
    str
        The bucket's name.

    Raises
    ------
    CumuloError
        When the bucket belongs to another account, or S3 refuses.
    """
    bucket = bucket_name(target)
    with aws_errors(where=f"bucket {bucket}"):
        if not _exists(target, bucket):
            say(f"creating the bucket for assets, {bucket}")
            _create(target, bucket)
            _secure(target, bucket)
        elif not _is_complete(target, bucket):
            say(f"completing the bucket for assets, {bucket}")
            _secure(target, bucket)
    return bucket


def _exists(target: Target, bucket: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        target.s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=target.account)
    except ClientError as error:
        # A HEAD has no body: the code is the HTTP status.
        code, _ = error_of(error)
        if code in {"404", "NoSuchBucket"}:
            return False
        if code in {"403", "AccessDenied"}:
            raise CumuloError(
                f"the bucket is not accessible, or belongs to another account than {target.account}",
                where=f"bucket {bucket}",
                hint="if these credentials may use S3, somebody else holds the bucket's name: do not deploy,"
                " use another region and tell AWS",
            ) from None
        raise
    return True


def _create(target: Target, bucket: str) -> None:
    if target.region == "us-east-1":
        target.s3.create_bucket(Bucket=bucket, ObjectOwnership="BucketOwnerEnforced")
        return
    region: BucketLocationConstraintType = target.region  # type: ignore[assignment]
    place: CreateBucketConfigurationTypeDef = {"LocationConstraint": region}
    target.s3.create_bucket(Bucket=bucket, ObjectOwnership="BucketOwnerEnforced", CreateBucketConfiguration=place)


def _is_complete(target: Target, bucket: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        target.s3.get_bucket_policy(Bucket=bucket, ExpectedBucketOwner=target.account)
    except ClientError as error:
        if error_of(error)[0] == "NoSuchBucketPolicy":
            return False
        raise
    return True


def _secure(target: Target, bucket: str) -> None:
    s3, owner = target.s3, target.account
    s3.put_public_access_block(
        Bucket=bucket,
        ExpectedBucketOwner=owner,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_encryption(
        Bucket=bucket,
        ExpectedBucketOwner=owner,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    s3.put_bucket_versioning(Bucket=bucket, ExpectedBucketOwner=owner, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        ExpectedBucketOwner=owner,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "clear-what-nobody-needs",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": _KEEP_NONCURRENT_DAYS},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": _ABORT_UPLOADS_DAYS},
                }
            ]
        },
    )
    s3.put_bucket_policy(Bucket=bucket, ExpectedBucketOwner=owner, Policy=json.dumps(policy(bucket, target.partition)))


def policy(bucket: str, partition: str) -> dict[str, Any]:
    """Return the bucket policy that refuses plain HTTP.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html.
    """
    arn = f"arn:{partition}:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "RefusePlainHttp",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
