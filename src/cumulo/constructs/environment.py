"""What environment variables a function may have."""

from __future__ import annotations

import re
from collections.abc import Mapping

from troposphere import AWSHelperFn

from cumulo.errors import CumuloError
from cumulo.model.checks import check_mapping, check_type
from cumulo.model.references import Arn, Reference

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
RESERVED = frozenset((
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
))  # fmt: skip
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]+\Z")


def check_environment(where: str, environment: Mapping[str, object]) -> None:
    """Refuse environment variables that Lambda refuses.

    Parameters
    ----------
    where
        The function.
    environment
        Its own variables.

    Raises
    ------
    CumuloError
        When a name is reserved or malformed, or a value is no text.

    Notes
    -----
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    check_mapping(where, "environment", environment, '"LOG_LEVEL": "INFO"')
    for name, value in environment.items():
        if name in RESERVED:
            raise CumuloError(
                f"the environment variable {name} is reserved: Lambda sets it itself",
                where=where,
                hint="give it another name",
            )
        if not NAME.match(str(name)):
            raise CumuloError(
                f"{name!r} is no name for an environment variable",
                where=where,
                hint="use two or more letters, digits and underscores, beginning with a letter",
            )
        expected = (str, Reference, Arn, AWSHelperFn)
        check_type(where, f"environment variable {name}", value, expected, "text", f'write "{name}": "…"')
