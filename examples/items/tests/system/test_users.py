"""User profiles: the other entity of the single table."""

from contextlib import closing

import pytest
from items.models import User
from items.repository import Users

from cumulo.runtime.errors import ConflictError, NotFoundError
from cumulo.runtime.linked import Table

ADA = User(id="u1", email="Ada@Example.org", name="Ada")


@pytest.fixture
def users(cloud):
    with closing(cloud.aws("dynamodb")) as client:
        yield Users(Table("items-test-items", client))


def test_a_profile_is_found_by_id_and_by_email(users):
    users.create(ADA)
    users.create(User(id="u2", email="bob@example.org", name="Bob"))
    assert users.get("u1") == ADA
    assert users.by_email("ada@example.ORG") == [ADA]
    assert users.by_email("eve@example.org") == []


def test_a_profile_is_not_overwritten(users):
    users.create(ADA)
    with pytest.raises(ConflictError):
        users.create(ADA)
    with pytest.raises(NotFoundError):
        users.get("u3")


def test_items_and_users_do_not_meet(users, api):
    users.create(ADA)
    assert api.get("/items/u1").status_code == 404
