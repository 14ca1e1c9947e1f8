import json

import pytest

from cumulo.delivery.bootstrap import bucket_name, ensure_bucket
from cumulo.delivery.session import Target, connect
from cumulo.errors import CumuloError


def test_a_missing_bucket_is_created_safe(target: Target) -> None:
    said: list[str] = []
    bucket = ensure_bucket(target, said.append)

    s3 = target.s3
    assert bucket == f"cumulo-assets-{target.account}-eu-central-1"
    assert said == [f"creating the bucket for assets, {bucket}"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    lifecycle = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]
    assert lifecycle["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30
    assert lifecycle["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7
    statement = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == "eu-central-1"


def test_an_existing_bucket_is_left_as_it_is(target: Target) -> None:
    said: list[str] = []
    ensure_bucket(target, said.append)
    said.clear()
    ensure_bucket(target, said.append)
    assert said == []


def test_a_bucket_whose_creation_was_interrupted_is_completed(target: Target) -> None:
    bucket = ensure_bucket(target, lambda _: None)
    target.s3.delete_bucket_policy(Bucket=bucket)
    target.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})

    said: list[str] = []
    ensure_bucket(target, said.append)
    assert said == [f"completing the bucket for assets, {bucket}"]
    assert target.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert target.s3.get_bucket_policy(Bucket=bucket)["Policy"]


def test_a_bucket_of_another_account_is_refused(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may take the bucket's name first, to receive what is deployed.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    import boto3

    squatter = boto3.client("s3", aws_access_key_id="999999999999", aws_secret_access_key="x")
    squatter.create_bucket(Bucket=bucket_name(target), CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    with pytest.raises(CumuloError, match="not accessible, or belongs to another account"):
        ensure_bucket(target, lambda _: None)
    squatter.close()


def test_credentials_of_another_account_are_refused(aws: str) -> None:
    with pytest.raises(CumuloError, match=f"the credentials belong to account {aws}, the stage is meant for 1234"):
        connect(meant_account="1234")


def test_the_region_that_was_asked_for_wins(aws: str) -> None:
    for given, region in (({"region": "eu-west-1"}, "eu-west-1"), ({}, "eu-north-1")):
        target = connect(meant_region="eu-north-1", **given)
        assert target.region == region
        target.cloudformation.close()
        target.s3.close()
