"""The values of an app's secrets, where they are deployed or run: set, listed and removed, never shown.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_update-secret-value.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cumulo.assembly import Assembly
from cumulo.delivery import stacks
from cumulo.delivery.session import Target, aws_errors
from cumulo.errors import CumuloError, UsageError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 (a type of resource)
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
LONGEST_VALUE = 65_536
RECOVERY_DAYS = 30
"""For how long a removed value can be brought back, in days: the longest that Secrets Manager offers."""


@dataclass(frozen=True)
class Secret:
    """A secret that an app declares, as it is deployed.

    Parameters
    ----------
    id
        Its id in the declaration.
    state
        ``"set"``, ``"empty"``, ``"removed"`` (it can be set again) or ``"not deployed"``.
    changed
        When its value was set last.
    deleted
        When a removed one is deleted for good.
    """

    id: str
    state: str
    changed: datetime | None = None
    deleted: datetime | None = None


def listed(assembly: Assembly, target: Target) -> tuple[Secret, ...]:
    """Return the secrets that an app declares, and whether they have a value; values are not read.

    Parameters
    ----------
    assembly
        The app and stage.
    target
        Where it is deployed or runs.
    """
    client = _client(target)
    with aws_errors():
        return tuple(_state(client, id_, _arn(assembly, target, id_)) for id_ in _declared(assembly))


def set_value(assembly: Assembly, target: Target, id_: str, value: str) -> None:
    """Set the value of a secret; one that was removed is brought back.

    Parameters
    ----------
    assembly
        The app and stage.
    target
        Where it is deployed or runs.
    id_
        The secret's id in the declaration.
    value
        What it is set to, 1 to 65,536 bytes.

    Raises
    ------
    CumuloError
        When there is no such secret, it is not deployed, or Secrets Manager refuses.

    Examples
    --------
    >>> set_value(assembly, connect(), "api-key", "s3cr3t")  # doctest: +SKIP
    """
    if not 1 <= len(value.encode()) <= LONGEST_VALUE:
        raise UsageError(
            f"a value has 1 to {LONGEST_VALUE} bytes, this one {len(value.encode())}", where=f"secret {id_!r}"
        )
    client = _client(target)
    secret, arn = _deployed(assembly, target, client, id_)
    with aws_errors(f"secret {id_!r}"):
        if secret.state == "removed":
            client.restore_secret(SecretId=arn)
        client.put_secret_value(SecretId=arn, SecretString=value)


def remove(assembly: Assembly, target: Target, id_: str) -> Secret:
    """Take a secret away: functions cannot read it any more; for 30 days it can be set again.

    Secrets Manager deletes no value, only a secret with all its values, and that after a time
    (https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html).

    Parameters
    ----------
    assembly
        The app and stage.
    target
        Where it is deployed or runs.
    id_
        The secret's id in the declaration.

    Returns
    -------
    Secret
        As it is now, with the time from which on it is gone for good.

    Raises
    ------
    CumuloError
        When there is no such secret, or it is not deployed.
    """
    client = _client(target)
    secret, arn = _deployed(assembly, target, client, id_)
    with aws_errors(f"secret {id_!r}"):
        if secret.state != "removed":
            client.delete_secret(SecretId=arn, RecoveryWindowInDays=RECOVERY_DAYS)
        return _state(client, id_, arn)


def check_declared(assembly: Assembly, id_: str) -> None:
    """Refuse an id that no secret of the app has.

    Raises
    ------
    CumuloError
        Names the declared ones.
    """
    known = sorted(_declared(assembly))
    if id_ not in known:
        raise CumuloError(
            f"{assembly.app} declares no secret {id_!r}", hint=f"there are: {', '.join(known)}" if known else None
        )


def _client(target: Target) -> SecretsManagerClient:
    client: SecretsManagerClient = target.session.client("secretsmanager")
    return client


def _declared(assembly: Assembly) -> Mapping[str, tuple[str, str]]:
    """Return the name of the stack and the logical id of each secret, by its id."""
    declared: dict[str, tuple[str, str]] = {}
    for stack in assembly.stacks:
        for logical_id, resource in stack.resources.items():
            if resource.get("Type") == SECRET:
                name = resource.get("Properties", {}).get("Name")
                id_ = name.removeprefix(f"{assembly.app}-{assembly.stage}-") if isinstance(name, str) else logical_id
                declared[id_] = (stack.name, logical_id)
    return declared


def _deployed(assembly: Assembly, target: Target, client: SecretsManagerClient, id_: str) -> tuple[Secret, str]:
    """Return a secret that is there, and its ARN."""
    check_declared(assembly, id_)
    with aws_errors(f"secret {id_!r}"):
        arn = _arn(assembly, target, id_)
        secret = _state(client, id_, arn)
    if arn is None or secret.state == "not deployed":
        raise CumuloError(
            f"the secret is not deployed in {target.account}, {target.region}",
            where=f"secret {id_!r}",
            hint=f"run `cumulo deploy --stage {assembly.stage}` first, or `cumulo dev` to have it on this machine",
        )
    return secret, arn


def _arn(assembly: Assembly, target: Target, id_: str) -> str | None:
    stack, logical_id = _declared(assembly)[id_]
    return stacks.resource(target.cloudformation, stack, logical_id)


def _state(client: SecretsManagerClient, id_: str, arn: str | None) -> Secret:
    if arn is None:
        return Secret(id_, "not deployed")
    try:
        about: Any = client.describe_secret(SecretId=arn)
    except client.exceptions.ResourceNotFoundException:
        return Secret(id_, "not deployed")
    if deleted := about.get("DeletedDate"):
        return Secret(id_, "removed", about.get("LastChangedDate"), deleted)
    stages = [name for names in (about.get("VersionIdsToStages") or {}).values() for name in names]
    if "AWSCURRENT" not in stages:
        return Secret(id_, "empty")
    return Secret(id_, "set", about.get("LastChangedDate"))
