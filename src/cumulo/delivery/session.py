"""Where a deployment goes: the account and region, and the clients that talk to them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cumulo.errors import CumuloError

if TYPE_CHECKING:
    import boto3
    from botocore.exceptions import ClientError
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN = {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch"}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_LOG_IN = "log in again (`aws sso login` or new keys), or choose another --profile"


@dataclass(frozen=True)
class Target:
    """One account and region, and the clients for them.

    Parameters
    ----------
    account
        The account's number, 12 digits.
    region
        Where the stacks live: ``"eu-central-1"``.
    partition
        ``"aws"``, ``"aws-cn"`` or ``"aws-us-gov"``: the second part of every ARN.
    session
        Makes further clients for the region and the credentials.
    cloudformation, s3
        The clients that a deployment needs.
    """

    account: str
    region: str
    partition: str
    session: boto3.Session
    cloudformation: CloudFormationClient
    s3: S3Client


def connect(
    *,
    region: str | None = None,
    profile: str | None = None,
    meant_account: str | None = None,
    meant_region: str | None = None,
) -> Target:
    """Find out who is calling and where to, and refuse the wrong account.

    Works against AWS and against any other endpoint that ``AWS_ENDPOINT_URL`` names.

    Parameters
    ----------
    region
        The region that was asked for; else ``meant_region``, else the AWS configuration's.
    profile
        A profile of the AWS configuration; by default the environment decides.
    meant_account, meant_region
        What the stage's settings say.

    Raises
    ------
    CumuloError
        When there are no valid credentials, no region, or the credentials are another account's.

    Examples
    --------
    >>> target = connect(region="eu-central-1")  # doctest: +SKIP
    >>> target.account  # doctest: +SKIP
    '123456789012'
    """
    try:
        import boto3
        from botocore.config import Config
    except ModuleNotFoundError:
        raise CumuloError("boto3 is not installed", hint='install it with `pip install "cumulo[deploy]"`') from None
    with aws_errors():
        # boto3 itself reads only AWS_DEFAULT_REGION; every other SDK reads AWS_REGION.
        chosen = region or meant_region or os.environ.get("AWS_REGION")
        session = boto3.Session(profile_name=profile, region_name=chosen)
        if not session.region_name:
            raise CumuloError(
                "no AWS region is set", hint="use --region, AWS_REGION, or `region` in [tool.cumulo.stages.<stage>]"
            )
        # Names of buckets are not resolved as host names by most emulators.
        addressing: Literal["path", "auto"] = "path" if _endpoint("s3") else "auto"
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 5},
            s3={"addressing_style": addressing},
            max_pool_connections=16,
            user_agent_extra="cumulo",
        )
        identity = session.client("sts", config=config).get_caller_identity()
        account = identity["Account"]
        if meant_account and account != meant_account:
            raise CumuloError(
                f"the credentials belong to account {account}, the stage is meant for {meant_account}",
                hint="choose the stage's --profile, or correct `account` in its settings",
            )
        return Target(
            account=account,
            region=session.region_name,
            partition=identity["Arn"].split(":")[1],
            session=session,
            cloudformation=session.client("cloudformation", config=config),
            s3=session.client("s3", config=config),
        )


def _endpoint(service: str) -> str | None:
    return os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")


@contextmanager
def aws_errors(where: str | None = None) -> Iterator[None]:
    """Turn what boto3 raises into an error for people.

    Parameters
    ----------
    where
        What was being worked on, for the error: a stack or a bucket.
    """
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        EndpointConnectionError,
        NoCredentialsError,
        PartialCredentialsError,
        ProfileNotFound,
        SSOError,
        TokenRetrievalError,
    )

    try:
        yield
    except (NoCredentialsError, PartialCredentialsError):
        raise CumuloError(
            "no AWS credentials were found", hint="run `aws configure` or `aws sso login`, or use --profile"
        ) from None
    except ProfileNotFound as error:
        raise CumuloError(str(error), hint="`aws configure list-profiles` lists those there are") from None
    except (SSOError, TokenRetrievalError):
        raise CumuloError("the AWS session has expired", hint=_LOG_IN) from None
    except EndpointConnectionError as error:
        raise CumuloError(
            str(error).rstrip('."').replace('"', ""),
            where=where,
            hint="check the network, the region and AWS_ENDPOINT_URL",
        ) from None
    except ClientError as error:
        raise _explained(error, where) from None
    except ValueError as error:
        # What botocore says of AWS_ENDPOINT_URL=nonsense; other values are no user's mistake.
        if not str(error).startswith("Invalid endpoint"):
            raise
        raise CumuloError(
            str(error), hint="AWS_ENDPOINT_URL is a URL like http://127.0.0.1:4566; unset it to work with AWS"
        ) from None
    except BotoCoreError as error:
        raise CumuloError(str(error), where=where) from None


def _explained(error: ClientError, where: str | None) -> CumuloError:
    code, message = error_of(error)
    if code in _EXPIRED:
        return CumuloError("the AWS credentials have expired", hint=_LOG_IN)
    if code in _UNKNOWN:
        return CumuloError("AWS does not know these credentials", hint=_LOG_IN)
    if code in _DENIED:
        return CumuloError(
            f"AWS refuses {error.operation_name}: {message}",
            where=where,
            hint="these credentials need that permission; or choose another --profile",
        )
    return CumuloError(f"{error.operation_name} failed: {message} ({code})", where=where)


def error_of(error: ClientError) -> tuple[str, str]:
    """Return the code and the message of an error that AWS answered."""
    answer = error.response.get("Error", {})
    return answer.get("Code", ""), answer.get("Message", "")
