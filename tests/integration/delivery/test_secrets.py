from collections.abc import Iterator
from typing import Any

import pytest

from cumulo.assembly import Assembly
from cumulo.delivery import secrets
from cumulo.delivery.session import Target
from cumulo.errors import CumuloError, UsageError

from .conftest import Ship, Shop
from .templates import template


def secret(name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": name, **properties}}


DATA = template(
    {"Token": secret("shop-dev-token"), "Key": secret("shop-dev-api-key", GenerateSecretString={"PasswordLength": 40})}
)


@pytest.fixture
def deployed(ship: Ship, shop: Shop) -> Assembly:
    ship(data=DATA)
    return shop.assembly({"data": DATA})


@pytest.fixture
def client(target: Target) -> Iterator[Any]:
    client = target.session.client("secretsmanager")
    yield client
    client.close()


def states(assembly: Assembly, target: Target) -> dict[str, str]:
    return {secret.id: secret.state for secret in secrets.listed(assembly, target)}


def test_a_secret_is_empty_until_it_is_set(deployed: Assembly, target: Target, client: Any) -> None:
    """A secret that a template gives neither a value nor a way to generate one has none.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
    """
    assert states(deployed, target) == {"token": "empty", "api-key": "set"}
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_secret_value(SecretId="shop-dev-token")
    secrets.set_value(deployed, target, "token", "s3cr3t")
    assert client.get_secret_value(SecretId="shop-dev-token")["SecretString"] == "s3cr3t"
    assert states(deployed, target)["token"] == "set"
    assert "s3cr3t" not in repr(secrets.listed(deployed, target))


def test_a_removed_secret_cannot_be_read_and_is_brought_back_by_setting_it(
    deployed: Assembly, target: Target, client: Any
) -> None:
    """Secrets Manager deletes a secret after a recovery window, in which it can be restored.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html
    """
    gone = secrets.remove(deployed, target, "api-key")
    assert gone.state == "removed"
    assert gone.deleted is not None
    with pytest.raises(client.exceptions.InvalidRequestException):
        client.get_secret_value(SecretId="shop-dev-api-key")
    assert secrets.remove(deployed, target, "api-key").state == "removed"
    secrets.set_value(deployed, target, "api-key", "new")
    assert client.get_secret_value(SecretId="shop-dev-api-key")["SecretString"] == "new"


def test_an_unknown_secret_names_the_declared_ones(deployed: Assembly, target: Target) -> None:
    with pytest.raises(CumuloError, match="shop declares no secret 'tokn'") as error:
        secrets.set_value(deployed, target, "tokn", "x")
    assert error.value.hint == "there are: api-key, token"


@pytest.mark.parametrize("value", ["", "x" * 65_537])
def test_a_value_has_1_to_65536_bytes(deployed: Assembly, target: Target, value: str) -> None:
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html"""
    with pytest.raises(UsageError, match="a value has 1 to 65536 bytes"):
        secrets.set_value(deployed, target, "token", value)


def test_what_is_not_deployed_says_so(shop: Shop, target: Target) -> None:
    declared = shop.assembly({"data": DATA})
    assert states(declared, target) == {"token": "not deployed", "api-key": "not deployed"}
    with pytest.raises(CumuloError, match="the secret is not deployed"):
        secrets.set_value(declared, target, "token", "x")


def test_a_set_value_outlives_the_next_deployment(deployed: Assembly, ship: Ship, target: Target, client: Any) -> None:
    secrets.set_value(deployed, target, "api-key", "mine")
    described = secret("shop-dev-api-key", GenerateSecretString={"PasswordLength": 40}, Description="changed")
    ship(data=template({"Token": secret("shop-dev-token"), "Key": described}))
    assert client.get_secret_value(SecretId="shop-dev-api-key")["SecretString"] == "mine"
