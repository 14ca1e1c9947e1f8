"""Clients of the resources that a function is linked to.

A link (``links=[data.table.read(), queue.send()]``) sets an environment variable that says where the resource is. The
functions here read it and make the client, **once per environment**: call them at module level or in a cached
function, so that the work is done while Lambda initialises the environment and not in each request.

Examples
--------
>>> from cumulo.runtime import linked
>>> items = linked.table("items")        # doctest: +SKIP
>>> linked.queue("orders").send({"id": 7})        # doctest: +SKIP
>>> linked.secret("api-key").value()        # doctest: +SKIP
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from cumulo.runtime.errors import MissingLinkError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
    from mypy_boto3_cognito_idp.client import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sqs.client import SQSClient

    from cumulo.runtime.bucket import Bucket
    from cumulo.runtime.email_sender import EmailSender
    from cumulo.runtime.schedules import Schedules

MAX_AGE = 300

# Plain classes, here and where a request's ids and errors are: a named tuple or dataclass generates code while it is
# imported, and every cold start would wait for it.


class Table:
    """A linked DynamoDB table: its name and a client for it."""

    def __init__(self, name: str, client: DynamoDBClient) -> None:
        self.name: Final = name
        self.client: Final = client


class Queue:
    """A linked SQS queue."""

    def __init__(self, url: str, client: SQSClient) -> None:
        self.url: Final = url
        self.client: Final = client

    def send(self, body: object, *, delay: int = 0, group: str | None = None, deduplication: str | None = None) -> str:
        """Send one message and return its id.

        Parameters
        ----------
        body
            A string as it is; anything else as JSON.
        delay
            Seconds before it can be received, 0 to 900.
        group, deduplication
            Message group and deduplication id, of a FIFO queue.

        Notes
        -----
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
        """
        options: dict[str, Any] = {}
        if delay:
            options["DelaySeconds"] = delay
        if group:
            options["MessageGroupId"] = group
        if deduplication:
            options["MessageDeduplicationId"] = deduplication
        return self.client.send_message(QueueUrl=self.url, MessageBody=_text(body), **options)["MessageId"]


class Topic:
    """A linked SNS topic."""

    def __init__(self, arn: str, client: SNSClient) -> None:
        self.arn: Final = arn
        self.client: Final = client

    def publish(
        self, message: object, *, subject: str | None = None, attributes: Mapping[str, str] | None = None
    ) -> str:
        """Publish one message and return its id.

        Parameters
        ----------
        message
            A string as it is; anything else as JSON.
        subject
            Subject line of e-mails.
        attributes
            String attributes, that subscriptions can filter by.
        """
        options: dict[str, Any] = {"Subject": subject} if subject else {}
        if attributes:
            options["MessageAttributes"] = {
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            }
        return self.client.publish(TopicArn=self.arn, Message=_text(message), **options)["MessageId"]


class UserPool:
    """A linked Cognito user pool."""

    def __init__(self, id: str, client: CognitoIdentityProviderClient) -> None:  # noqa: A002
        self.id: Final = id
        self.client: Final = client


class Secret:
    """A linked secret. Its value is read at the first use and kept for a time, so that a rotation is noticed."""

    def __init__(self, arn: str, provider: SecretsProvider) -> None:
        self.arn: Final = arn
        self.provider: Final = provider

    def value(self, *, max_age: int = MAX_AGE, refresh: bool = False) -> str:
        """Return the secret's string.

        Parameters
        ----------
        max_age
            For how many seconds a value that is read now may be used, 300 by default.
        refresh
            Read it now, however fresh the value is that is kept.
        """
        return str(self.provider.get(self.arn, max_age=max_age, force_fetch=refresh))


class Parameter:
    """A linked parameter of the SSM Parameter Store, kept for a time like a secret."""

    def __init__(self, name: str, provider: SSMProvider) -> None:
        self.name: Final = name
        self.provider: Final = provider

    def value(self, *, max_age: int = MAX_AGE, refresh: bool = False) -> str:
        """Return the parameter's value; see :meth:`Secret.value`."""
        return str(self.provider.get(self.name, max_age=max_age, force_fetch=refresh))


@functools.cache
def table(name: str) -> Table:
    """Return the linked table of that name.

    Parameters
    ----------
    name
        The name it is declared with: ``Table(self, "items", …)`` is ``"items"``.

    Raises
    ------
    MissingLinkError
        When the function is not linked to it.
    """
    return Table(_address(name, "table", "name"), client("dynamodb"))


@functools.cache
def queue(name: str) -> Queue:
    """Return the linked queue of that name; raises as :func:`table` does."""
    return Queue(_address(name, "queue", "url"), client("sqs"))


@functools.cache
def topic(name: str) -> Topic:
    """Return the linked topic of that name; raises as :func:`table` does."""
    return Topic(_address(name, "topic", "arn"), client("sns"))


@functools.cache
def secret(name: str) -> Secret:
    """Return the linked secret of that name; raises as :func:`table` does. Nothing is read yet."""
    return Secret(_address(name, "secret", "arn"), _secrets())


@functools.cache
def parameter(name: str) -> Parameter:
    """Return the linked parameter of that name; raises as :func:`table` does. Nothing is read yet."""
    return Parameter(_address(name, "parameter", "name"), _parameters())


@functools.cache
def bucket(name: str) -> Bucket:
    """Return the linked bucket of that name; raises as :func:`table` does."""
    from cumulo.runtime.bucket import Bucket

    return Bucket(_address(name, "bucket", "name"), client("s3"))


@functools.cache
def user_pool(name: str) -> UserPool:
    """Return the linked user pool of that name; raises as :func:`table` does."""
    return UserPool(_address(name, "pool", "id"), client("cognito-idp"))


@functools.cache
def email(name: str) -> EmailSender:
    """Return the linked e-mail sender of that name; raises as :func:`table` does."""
    from cumulo.runtime.email_sender import EmailSender

    return EmailSender(_address(name, "email", "address"), client("sesv2"))


@functools.cache
def schedules(name: str) -> Schedules:
    """Return the linked schedule group of that name; raises as :func:`table` does."""
    from cumulo.runtime.schedules import Schedules

    group = _address(name, "schedule_group", "name")
    prefix = name.upper().replace("-", "_")
    limits = {"MaximumRetryAttempts": f"{prefix}_RETRIES", "MaximumEventAgeInSeconds": f"{prefix}_MAX_AGE"}
    return Schedules(
        group,
        target=os.environ[f"{prefix}_TARGET_ARN"],
        role=os.environ[f"{prefix}_ROLE_ARN"],
        dead_letters=os.environ.get(f"{prefix}_DEAD_LETTER_ARN"),
        retries={limit: int(os.environ[variable]) for limit, variable in limits.items() if variable in os.environ},
        client=client("scheduler"),
    )


@functools.cache
def client(service: str) -> Any:
    """Return the boto3 client of a service, one per environment.

    It gives up sooner than botocore does by itself (60 s a try), so that a function still has time to answer. URLs
    of S3 name the bucket's region, as others than the oldest ones need.

    Notes
    -----
    https://docs.aws.amazon.com/botocore/latest/reference/config.html
    """
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=2, read_timeout=8, retries={"total_max_attempts": 3, "mode": "standard"}, tcp_keepalive=True
    )
    if service == "s3":
        config = config.merge(
            Config(
                signature_version="s3v4",
                s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
            )
        )
    return boto3.client(service, config=config)


@functools.cache
def _secrets() -> SecretsProvider:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

    return SecretsProvider(boto3_client=client("secretsmanager"))


@functools.cache
def _parameters() -> SSMProvider:
    from aws_lambda_powertools.utilities.parameters import SSMProvider

    return SSMProvider(boto3_client=client("ssm"))


def _address(name: str, kind: str, attribute: str) -> str:
    """Return what a link set; a name that ends in its kind does not say it twice (``table`` → ``TABLE_NAME``)."""
    words = name.split("-")
    if words[-1] == kind:
        words = words[:-1]
    variable = "_".join([*words, kind, attribute]).upper()
    value = os.environ.get(variable)
    if not value:
        raise MissingLinkError(
            f"this function is not linked to the {kind} {name!r} ({variable} is not set): "
            f"add the {kind}, or a grant of it, to links=[…] of the function's declaration"
        )
    return value


def _text(body: object) -> str:
    return body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))
