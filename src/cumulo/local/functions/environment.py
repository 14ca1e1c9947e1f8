"""The environment variables of a worker: those that Lambda documents, and nothing of the host's."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cumulo.local.functions.spec import FunctionSpec

EXPIRATION = "AWS_CREDENTIAL_EXPIRATION"


def worker_environment(
    spec: FunctionSpec,
    *,
    now: float,
    region: str,
    project: Path,
    credentials: Mapping[str, str],
    endpoints: Mapping[str, str],
) -> dict[str, str]:
    """Return the whole environment of one worker.

    A function's own variables win over what Lambda lets a function set (``LANG``, ``PATH``, ``TZ``, endpoints); what
    Lambda reserves wins over the function's own.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html

    Parameters
    ----------
    spec
        The function.
    now
        When the worker starts, in seconds since the epoch.
    region
        The region that it runs in.
    project
        The folder that its code is in: ``LAMBDA_TASK_ROOT``.
    credentials
        ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY`` and ``AWS_SESSION_TOKEN`` of its role's session.
    endpoints
        ``AWS_ENDPOINT_URL`` and its like: where the local services are.
    """
    free = {
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
        "TZ": ":UTC",
        # Not Lambda's: without them the SDK would read the developer's own profiles from the home folder.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    reserved = {
        "_HANDLER": spec.handler,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": _log_stream(now),
        "LAMBDA_TASK_ROOT": str(project),
        "LAMBDA_RUNTIME_DIR": str(project),
    }
    if spec.log_format:
        reserved["AWS_LAMBDA_LOG_FORMAT"] = spec.log_format
    if spec.log_level:
        reserved["AWS_LAMBDA_LOG_LEVEL"] = spec.log_level
    session = {key: value for key, value in credentials.items() if key != EXPIRATION}
    return {**free, **endpoints, **spec.environment, **session, **reserved}


def expires_at(credentials: Mapping[str, str]) -> float:
    """Return when credentials end, in seconds since the epoch; infinity when they do not say."""
    stated = credentials.get(EXPIRATION)
    return datetime.fromisoformat(stated).timestamp() if stated else float("inf")


def _log_stream(now: float) -> str:
    return f"{datetime.fromtimestamp(now, UTC):%Y/%m/%d}/[$LATEST]{secrets.token_hex(16)}"
