"""Buckets and tables as they are declared, in the emulator: properties, presigned URLs, CORS, policies."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import httpx
import pytest
import pytest_asyncio
from botocore.config import Config
from botocore.exceptions import ClientError

from cumulo import App, Bucket, Queue, Stack, Stage, Table, Topic, days
from cumulo.local.emulator.process import Credentials, Emulator
from cumulo.local.stacks import deploy
from cumulo.runtime.bucket import Bucket as LinkedBucket
from cumulo.synth.templates import template

from ._aws import REGION, assembly, client, role

APP_ORIGIN = "https://app.example.com"
PHOTO = b"\xff\xd8\xff\xe0 a photo"
Declare = Callable[[Stack], object]


@pytest.fixture
def deployed(emulator: Emulator, account: str, tmp_path: Path) -> Callable[..., Any]:
    """Deploy what a function declares in a stack of a stage, with a role beside it."""

    async def bring(declare: Declare, *, production: bool = False, statements: tuple[Any, ...] = ()) -> None:
        stack = Stack(App("kefir", Stage("dev", production=production, tags={"team": "brewers"})), "data")
        declare(stack)
        content = template(stack)
        content["Resources"]["Role"] = role("kefir-dev-show", *statements)
        await deploy(assembly(tmp_path, data=content), emulator, account=account, region=REGION)

    return bring


def photos(account: str) -> str:
    """Return the bucket's name."""
    return f"kefir-dev-photos-{account}"


def linked(emulator: Emulator, credentials: Credentials, name: str) -> LinkedBucket:
    """Return the bucket as a function has it."""
    config = Config(
        signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
    )
    return LinkedBucket(
        name,
        boto3.client(
            "s3",
            endpoint_url=emulator.endpoint,
            region_name=REGION,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.session_token,
            config=config,
        ),
    )


class TestBucketProperties:
    async def test_everything_that_is_declared_can_be_read_back(
        self, deployed: Any, emulator: Emulator, account: str
    ) -> None:
        await deployed(
            lambda stack: Bucket(stack, "photos", expire_after=days(365), cors=(APP_ORIGIN,)), production=True
        )
        s3, name = client("s3", emulator, emulator.root_credentials(account)), photos(account)
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
        assert set(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values()) == {True}
        [encryption] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        assert encryption == {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": True,
        }
        rules = {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]}
        assert rules["expiry"]["Expiration"] == {"Days": 365}
        assert rules["unfinished-uploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
        assert rules["old-versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
        [cors] = s3.get_bucket_cors(Bucket=name)["CORSRules"]
        assert (cors["AllowedOrigins"], cors["AllowedMethods"]) == ([APP_ORIGIN], ["GET", "HEAD", "PUT"])
        [ownership] = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
        assert ownership == {"ObjectOwnership": "BucketOwnerEnforced"}
        policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
        assert policy["Statement"][0]["Resource"] == [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
        tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=name)["TagSet"]}
        assert tags.items() >= {"Application": "kefir", "Environment": "dev", "team": "brewers"}.items()

    async def test_what_a_template_no_longer_says_is_taken_back(
        self, deployed: Any, emulator: Emulator, account: str
    ) -> None:
        """A bucket that was versioned is suspended, as it cannot be unversioned again.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
        """
        await deployed(lambda stack: Bucket(stack, "photos", versioned=True, cors=(APP_ORIGIN,)))
        none = dict.fromkeys(("LifecycleConfiguration", "BucketEncryption", "OwnershipControls", "Tags"))
        await deployed(lambda stack: Bucket(stack, "photos", versioned=False, override=none))
        s3, name = client("s3", emulator, emulator.root_credentials(account)), photos(account)
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
        for read in (s3.get_bucket_lifecycle_configuration, s3.get_bucket_cors):
            with pytest.raises(ClientError, match="does not exist"):
                read(Bucket=name)
        [encryption] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        assert encryption["BucketKeyEnabled"] is False
        assert {tag["Key"] for tag in s3.get_bucket_tagging(Bucket=name)["TagSet"]} == {
            "aws:cloudformation:stack-name",
            "aws:cloudformation:stack-id",
            "aws:cloudformation:logical-id",
        }

    async def test_every_kind_of_lifecycle_rule_gets_there(
        self, deployed: Any, emulator: Emulator, account: str
    ) -> None:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html."""
        rules = [
            {"Id": "date", "Status": "Disabled", "Prefix": "a/", "ExpirationDate": "2030-01-01T00:00:00Z"},
            {
                "Id": "several",
                "Status": "Enabled",
                "Prefix": "b/",
                "TagFilters": [{"Key": "kind", "Value": "raw"}],
                "ObjectSizeGreaterThan": "1000",
                "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 90}],
                "NoncurrentVersionTransitions": [{"StorageClass": "GLACIER", "TransitionInDays": 10}],
            },
            {"Id": "tag", "Status": "Enabled", "TagFilters": [{"Key": "k", "Value": "v"}], "ExpirationInDays": 1},
            {"Id": "markers", "Status": "Enabled", "ExpiredObjectDeleteMarker": True},
            {
                "Id": "kept",
                "Status": "Enabled",
                "NoncurrentVersionExpiration": {"NoncurrentDays": 5, "NewerNoncurrentVersions": 2},
            },
        ]
        await deployed(
            lambda stack: Bucket(stack, "photos", versioned=True, override={"LifecycleConfiguration": {"Rules": rules}})
        )
        s3 = client("s3", emulator, emulator.root_credentials(account))
        read = {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket=photos(account))["Rules"]}
        assert read["date"]["Filter"] == {"Prefix": "a/"}
        assert read["date"]["Expiration"]["Date"].year == 2030
        assert read["date"]["Status"] == "Disabled"
        assert read["several"]["Filter"]["And"] == {
            "Prefix": "b/",
            "Tags": [{"Key": "kind", "Value": "raw"}],
            "ObjectSizeGreaterThan": 1000,
        }
        assert read["several"]["Transitions"] == [{"StorageClass": "GLACIER", "Days": 90}]
        assert read["several"]["NoncurrentVersionTransitions"] == [{"StorageClass": "GLACIER", "NoncurrentDays": 10}]
        assert read["tag"]["Filter"] == {"Tag": {"Key": "k", "Value": "v"}}
        assert read["markers"]["Expiration"] == {"ExpiredObjectDeleteMarker": True}
        assert read["kept"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 5, "NewerNoncurrentVersions": 2}

    async def test_a_bucket_with_old_versions_only_is_kept(
        self, deployed: Any, emulator: Emulator, account: str
    ) -> None:
        await deployed(lambda stack: Bucket(stack, "photos", versioned=True))
        s3, name = client("s3", emulator, emulator.root_credentials(account)), photos(account)
        s3.put_object(Bucket=name, Key="a", Body=b"a")
        s3.delete_object(Bucket=name, Key="a")
        await deployed(lambda stack: Bucket(stack, "other"))
        assert len(s3.list_object_versions(Bucket=name)["Versions"]) == 1


class TestTableProperties:
    async def test_everything_that_is_declared_can_be_read_back(
        self, deployed: Any, emulator: Emulator, account: str
    ) -> None:
        await deployed(
            lambda stack: Table(stack, "items", partition_key="PK", ttl="TTL", stream="NEW_AND_OLD_IMAGES"),
            production=True,
        )
        dynamodb = client("dynamodb", emulator, emulator.root_credentials(account))
        table = dynamodb.describe_table(TableName="kefir-dev-items")["Table"]
        assert table["SSEDescription"]["Status"] == "ENABLED"
        assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        assert table["DeletionProtectionEnabled"] is True
        ttl = dynamodb.describe_time_to_live(TableName="kefir-dev-items")["TimeToLiveDescription"]
        assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "TTL"}
        backups = dynamodb.describe_continuous_backups(TableName="kefir-dev-items")["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
        tags = dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
        assert {"Key": "team", "Value": "brewers"} in tags

    async def test_what_a_template_no_longer_says_is_taken_back(
        self, deployed: Any, emulator: Emulator, account: str
    ) -> None:
        await deployed(lambda stack: Table(stack, "items", partition_key="PK", ttl="TTL"), production=True)
        none = {"SSESpecification": None, "PointInTimeRecoverySpecification": None}
        await deployed(lambda stack: Table(stack, "items", partition_key="PK", override=none))
        dynamodb = client("dynamodb", emulator, emulator.root_credentials(account))
        table = dynamodb.describe_table(TableName="kefir-dev-items")["Table"]
        assert "SSEDescription" not in table
        assert table["DeletionProtectionEnabled"] is False
        ttl = dynamodb.describe_time_to_live(TableName="kefir-dev-items")["TimeToLiveDescription"]
        assert ttl == {"TimeToLiveStatus": "DISABLED"}
        backups = dynamodb.describe_continuous_backups(TableName="kefir-dev-items")["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"


async def test_queues_and_topics_have_their_tags(deployed: Any, emulator: Emulator, account: str) -> None:
    await deployed(lambda stack: (Queue(stack, "orders"), Topic(stack, "alerts")))
    root = emulator.root_credentials(account)
    sqs, sns = client("sqs", emulator, root), client("sns", emulator, root)
    url = sqs.get_queue_url(QueueName="kefir-dev-orders")["QueueUrl"]
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"]["team"] == "brewers"
    arn = f"arn:aws:sns:{REGION}:{account}:kefir-dev-alerts"
    assert {"Key": "team", "Value": "brewers"} in sns.list_tags_for_resource(ResourceArn=arn)["Tags"]


async def test_a_user_pool_says_the_issuer_of_its_tokens(emulator: Emulator, account: str, tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpool.html."""
    pool = {"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolName": "kefir-dev-users"}}
    attributes = ("ProviderURL", "ProviderName")
    outputs = {name: {"Value": {"Fn::GetAtt": ["Users", name]}} for name in attributes}
    content = {"Resources": {"Users": pool}, "Outputs": outputs}
    world = await deploy(assembly(tmp_path, auth=content), emulator, account=account, region=REGION)
    [users] = world.resources
    name = f"cognito-idp.{REGION}.amazonaws.com/{users.physical_id}"
    assert world.outputs["auth"] == {"ProviderURL": f"https://{name}", "ProviderName": name}


@pytest_asyncio.fixture
async def bucket(deployed: Any, emulator: Emulator, account: str) -> LinkedBucket:
    """A bucket with CORS, as a function has it that may get and put uploads."""
    allowed = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": f"arn:aws:s3:::{photos(account)}/uploads/*",
    }
    await deployed(lambda stack: Bucket(stack, "photos", cors=(APP_ORIGIN,)), statements=(allowed,))
    credentials = await emulator.credentials(f"arn:aws:iam::{account}:role/kefir-dev-show", account)
    return linked(emulator, credentials, photos(account))


@pytest_asyncio.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A browser, or curl."""
    async with httpx.AsyncClient() as made:
        yield made


def _keys(bucket: LinkedBucket) -> dict[str, str]:
    """Return the credentials of a linked bucket's client, as boto3 takes them."""
    frozen = bucket.client._request_signer._credentials.get_frozen_credentials()
    return {
        "aws_access_key_id": frozen.access_key,
        "aws_secret_access_key": frozen.secret_key,
        "aws_session_token": frozen.token,
    }


def code(response: httpx.Response) -> tuple[int, str]:
    """Return the status and the error code of S3."""
    return response.status_code, response.text.partition("<Code>")[2].partition("</Code>")[0]


def put_url(bucket: LinkedBucket, key: str = "uploads/1.jpg", **options: Any) -> tuple[str, dict[str, str]]:
    """Return a URL to put the photo to, and its headers."""
    return bucket.presigned_put(key, content_type="image/jpeg", size=len(PHOTO), **options)


@pytest.mark.parametrize("key", ["uploads/1.jpg", "uploads/a b+c/ü&=?#%41.jpg", "uploads//x", "uploads/" + "k" * 900])
async def test_a_photo_goes_in_and_out_by_presigned_urls(
    bucket: LinkedBucket, http: httpx.AsyncClient, key: str
) -> None:
    url, headers = put_url(bucket, key)
    assert url.startswith(f"http://127.0.0.1:{httpx.URL(url).port}/{bucket.name}/uploads/")
    assert (await http.put(url, content=PHOTO, headers=headers)).status_code == 200
    got = await http.get(bucket.presigned_get(key))
    assert (got.content, got.headers["content-type"]) == (PHOTO, "image/jpeg")


class TestPresignedUrls:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html."""

    @pytest.mark.parametrize(
        ("content", "content_type"),
        [
            (PHOTO, "image/png"),
            (PHOTO, "image/jpeg; charset=utf-8"),
            (PHOTO + b"!", "image/jpeg"),
            (PHOTO[:-1], "image/jpeg"),
            (b"", "image/jpeg"),
        ],
    )
    async def test_another_type_and_another_size_are_refused(
        self, bucket: LinkedBucket, http: httpx.AsyncClient, content: bytes, content_type: str
    ) -> None:
        url, _ = put_url(bucket)
        response = await http.put(url, content=content, headers={"content-type": content_type})
        assert code(response) == (403, "SignatureDoesNotMatch")
        assert (await http.get(bucket.presigned_get("uploads/1.jpg"))).status_code in (403, 404)

    async def test_a_body_without_a_length_is_refused(self, bucket: LinkedBucket, http: httpx.AsyncClient) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            yield PHOTO

        response = await http.put(put_url(bucket)[0], content=chunks(), headers={"content-type": "image/jpeg"})
        assert code(response) == (403, "SignatureDoesNotMatch")

    @pytest.mark.parametrize(
        ("signed", "changed"),
        [
            ("uploads/1.jpg", "uploads/2.jpg"),
            ("X-Amz-Expires=3600", "X-Amz-Expires=36000"),
            ("content-length%3Bcontent-type%3Bhost", "content-type%3Bhost"),
            ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ],
    )
    async def test_a_changed_url_is_refused(
        self, bucket: LinkedBucket, http: httpx.AsyncClient, signed: str, changed: str
    ) -> None:
        url, headers = put_url(bucket)
        assert signed in url
        response = await http.put(url.replace(signed, changed), content=PHOTO, headers=headers)
        assert code(response) == (403, "SignatureDoesNotMatch")

    async def test_another_bucket_is_refused(self, bucket: LinkedBucket, http: httpx.AsyncClient) -> None:
        url, headers = put_url(bucket)
        response = await http.put(url.replace(bucket.name, f"x{bucket.name}"), content=PHOTO, headers=headers)
        assert response.status_code == 403

    async def test_another_method_is_refused(self, bucket: LinkedBucket, http: httpx.AsyncClient) -> None:
        got = await http.head(bucket.presigned_get("uploads/1.jpg"))
        put = await http.put(bucket.presigned_get("uploads/1.jpg"), content=PHOTO)
        assert (got.status_code, code(put)) == (403, (403, "SignatureDoesNotMatch"))

    async def test_an_unsigned_header_of_amazon_is_refused(self, bucket: LinkedBucket, http: httpx.AsyncClient) -> None:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html."""
        url, headers = put_url(bucket)
        for name in ("x-amz-tagging", "x-amz-acl", "x-amz-storage-class", "x-amz-meta-owner"):
            response = await http.put(url, content=PHOTO, headers={**headers, name: "a=b"})
            assert code(response) == (403, "AccessDenied")
            assert f"<HeadersNotSigned>{name}</HeadersNotSigned>" in response.text

    async def test_what_the_signer_may_not_do_is_refused(self, bucket: LinkedBucket, http: httpx.AsyncClient) -> None:
        url, headers = put_url(bucket, "private/1.jpg")
        assert code(await http.put(url, content=PHOTO, headers=headers)) == (403, "AccessDenied")
        assert code(await http.get(bucket.presigned_get("private/1.jpg"))) == (403, "AccessDenied")

    async def test_an_expired_url_is_refused(
        self, bucket: LinkedBucket, emulator: Emulator, http: httpx.AsyncClient
    ) -> None:
        url, headers = put_url(bucket, expires=60)
        emulator.move(61.0)
        try:
            response = await http.put(url, content=PHOTO, headers=headers)
        finally:
            emulator.move(0.0)
        assert code(response) == (403, "AccessDenied")
        assert "Request has expired" in response.text
        assert (await http.put(url, content=PHOTO, headers=headers)).status_code == 200

    async def test_nobody_gets_or_puts_without_a_signature(
        self, bucket: LinkedBucket, emulator: Emulator, http: httpx.AsyncClient
    ) -> None:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html."""
        url, headers = put_url(bucket)
        assert (await http.put(url, content=PHOTO, headers=headers)).status_code == 200
        for address in (url.partition("?")[0], f"{emulator.endpoint}/{bucket.name}"):
            assert code(await http.get(address)) == (403, "AccessDenied")
        assert code(await http.put(url.partition("?")[0], content=PHOTO)) == (403, "AccessDenied")


class TestPagesOfOtherSites:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html."""

    @staticmethod
    def preflight(origin: str, method: str = "PUT") -> dict[str, str]:
        asks = {"access-control-request-method": method, "access-control-request-headers": "content-type"}
        return {"origin": origin, **asks}

    async def test_a_named_origin_may_put_and_get(self, bucket: LinkedBucket, http: httpx.AsyncClient) -> None:
        url, headers = put_url(bucket)
        asked = await http.options(url, headers=self.preflight(APP_ORIGIN))
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == APP_ORIGIN
        assert "PUT" in asked.headers["access-control-allow-methods"]
        assert asked.headers["access-control-max-age"] == "3600"
        put = await http.put(url, content=PHOTO, headers={**headers, "origin": APP_ORIGIN})
        assert (put.status_code, put.headers["access-control-allow-origin"]) == (200, APP_ORIGIN)
        assert put.headers["access-control-expose-headers"] == "ETag"
        old = boto3.client(
            "s3",
            endpoint_url=str(httpx.URL(url).copy_with(path="/", query=None)),
            region_name="us-east-1",
            config=Config(signature_version="s3"),
            **_keys(bucket),
        )
        old_url = old.generate_presigned_url("get_object", Params={"Bucket": bucket.name, "Key": "uploads/1.jpg"})
        assert "AWSAccessKeyId=" in old_url
        assert (await http.get(old_url, headers={"origin": APP_ORIGIN})).content == PHOTO
        changed = old_url.replace("Signature=", "Signature=0")
        assert (await http.get(changed, headers={"origin": APP_ORIGIN})).status_code == 403
        got = await http.get(bucket.presigned_get("uploads/1.jpg"), headers={"origin": APP_ORIGIN})
        assert (got.content, got.headers["access-control-allow-origin"]) == (PHOTO, APP_ORIGIN)

    async def test_any_origin_may_when_the_stage_says_so(
        self, deployed: Any, bucket: LinkedBucket, http: httpx.AsyncClient
    ) -> None:
        url, headers = put_url(bucket)
        resource = f"arn:aws:s3:::{bucket.name}/uploads/*"
        allowed = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": resource}
        await deployed(lambda stack: Bucket(stack, "photos", cors=("*",)), statements=(allowed,))
        for origin in ("https://anywhere.example", "null"):
            asked = await http.options(url, headers=self.preflight(origin))
            assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, "*")
            put = await http.put(url, content=PHOTO, headers={**headers, "origin": origin})
            assert (put.status_code, put.headers["access-control-allow-origin"]) == (200, "*")

    async def test_what_the_rules_do_not_name_is_refused_as_s3_does(
        self, bucket: LinkedBucket, http: httpx.AsyncClient
    ) -> None:
        url, _ = put_url(bucket)
        for origin, method in (
            ("https://evil.example", "PUT"),
            (APP_ORIGIN, "DELETE"),
            ("http://localhost:3000", "PUT"),
        ):
            asked = await http.options(url, headers=self.preflight(origin, method))
            assert code(asked) == (403, "AccessForbidden")
            assert "access-control-allow-origin" not in asked.headers

    async def test_another_origin_may_do_nothing_even_with_a_url(
        self, bucket: LinkedBucket, http: httpx.AsyncClient
    ) -> None:
        url, headers = put_url(bucket)
        for origin in ("https://evil.example", "null", "https://app.example.com.evil.example"):
            assert (await http.put(url, content=PHOTO, headers={**headers, "origin": origin})).status_code == 403

    async def test_a_named_origin_may_do_nothing_but_use_urls_of_roles(
        self, bucket: LinkedBucket, emulator: Emulator, account: str, http: httpx.AsyncClient
    ) -> None:
        """The emulator takes an unsigned request, and the secret of the root that everybody knows, for the root."""
        root = linked(emulator, emulator.root_credentials(account), bucket.name)
        signed = bucket.presigned_get("uploads/1.jpg")
        at = f"{emulator.endpoint}/{bucket.name}"
        for method, url, headers in (
            ("GET", at, {}),
            ("GET", root.presigned_get("uploads/1.jpg"), {}),
            ("POST", signed, {}),
            ("POST", signed, {"x-amz-target": "DynamoDB_20120810.ListTables"}),
            ("GET", f"{signed}&Action=ListQueues", {}),
            ("GET", f"{signed}&AWSAccessKeyId={account}&Signature=x", {}),
            ("GET", f"{signed}&x-amz-credential={account}/20260101/{REGION}/s3/aws4_request", {}),
            ("GET", f"{root.presigned_get('uploads/1.jpg')}&AWSAccessKeyId=ASIA&Signature=x", {}),
            ("GET", signed, {"authorization": f"AWS4-HMAC-SHA256 Credential={account}/20260101/x/s3/aws4_request"}),
            ("OPTIONS", f"{emulator.endpoint}/not-a-bucket", self.preflight(APP_ORIGIN)),
            ("OPTIONS", f"{emulator.endpoint}/", self.preflight(APP_ORIGIN)),
        ):
            response = await http.request(method, url, headers={"origin": APP_ORIGIN, **headers})
            assert (response.status_code, response.text) == (403, "this Origin may not call the local cloud\n")

    async def test_an_image_may_show_a_photo_and_do_nothing_else(
        self, bucket: LinkedBucket, emulator: Emulator, account: str, http: httpx.AsyncClient
    ) -> None:
        url, headers = put_url(bucket)
        await http.put(url, content=PHOTO, headers=headers)
        image = {"sec-fetch-site": "cross-site"}
        assert (await http.get(bucket.presigned_get("uploads/1.jpg"), headers=image)).content == PHOTO
        forged = f"X-Amz-Signature=x&X-Amz-Credential={quote(f'{account}/20260101/{REGION}/sqs/aws4_request', safe='')}"
        response = await http.get(f"{emulator.endpoint}/?Action=CreateQueue&QueueName=x&{forged}", headers=image)
        assert response.status_code == 403


class TestBucketPolicy:
    async def test_plain_http_counts_as_tls_on_this_machine(
        self, deployed: Any, emulator: Emulator, account: str
    ) -> None:
        await deployed(lambda stack: Bucket(stack, "photos"))
        s3 = client("s3", emulator, emulator.root_credentials(account))
        s3.put_object(Bucket=photos(account), Key="a", Body=b"a")
        assert s3.get_object(Bucket=photos(account), Key="a")["Body"].read() == b"a"

    async def test_what_the_policy_denies_is_refused(
        self, bucket: LinkedBucket, emulator: Emulator, account: str
    ) -> None:
        s3 = client("s3", emulator, emulator.root_credentials(account))
        deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject"}
        statement = {**deny, "Resource": f"arn:aws:s3:::{bucket.name}/uploads/*"}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        s3.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(policy))
        with pytest.raises(ClientError, match="explicit deny"):
            bucket.client.put_object(Bucket=bucket.name, Key="uploads/1", Body=b"a")

    async def test_a_list_is_held_to_its_prefix(self, deployed: Any, emulator: Emulator, account: str) -> None:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html."""
        condition = {"StringLike": {"s3:prefix": "uploads/*"}}
        allowed = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{photos(account)}"}
        await deployed(lambda stack: Bucket(stack, "photos"), statements=({**allowed, "Condition": condition},))
        credentials = await emulator.credentials(f"arn:aws:iam::{account}:role/kefir-dev-show", account)
        s3 = client("s3", emulator, credentials)
        assert s3.list_objects_v2(Bucket=photos(account), Prefix="uploads/1")["KeyCount"] == 0
        for wider in ({}, {"Prefix": "up"}, {"Prefix": "private/"}):
            with pytest.raises(ClientError, match="AccessDenied"):
                s3.list_objects_v2(Bucket=photos(account), **wider)
