import pytest

from cumulo import CumuloError, Table


def test_a_table_is_on_demand_and_encrypted(stack, resources) -> None:
    Table(stack, "items", partition_key="PK", sort_key="SK", indexes={"GSI1": ("GSI1PK", "created:N")}, ttl="TTL")
    table = resources(stack)["ItemsTable"]["Properties"]
    assert table["TableName"] == "shop-dev-items"
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["KeySchema"] == [
        {"AttributeName": "PK", "KeyType": "HASH"},
        {"AttributeName": "SK", "KeyType": "RANGE"},
    ]
    assert {"AttributeName": "created", "AttributeType": "N"} in table["AttributeDefinitions"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "TTL", "Enabled": True}


def test_production_protects_the_data(production, resources) -> None:
    Table(production, "items", partition_key="PK")
    table = resources(production)["ItemsTable"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["DeletionProtectionEnabled"] is True
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_elsewhere_a_table_can_go(stack, resources) -> None:
    Table(stack, "items", partition_key="PK")
    assert "DeletionPolicy" not in resources(stack)["ItemsTable"]


@pytest.mark.parametrize(
    ("intent", "actions"),
    [
        ("get", {"GetItem"}),
        ("put", {"PutItem"}),
        ("update", {"UpdateItem"}),
        ("delete", {"DeleteItem"}),
        ("query", {"Query"}),
        ("scan", {"Scan"}),
        ("read", {"BatchGetItem", "GetItem", "Query"}),
        ("write", {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}),
    ],
)
def test_grants_are_by_intent(stack, intent: str, actions: set[str]) -> None:
    table = Table(stack, "items", partition_key="PK", indexes={"GSI1": "X"})
    link = vars(Table)[intent](table)
    assert {action for grant in link.grants for action in grant.actions} == {f"dynamodb:{a}" for a in actions}


def test_a_query_covers_the_indexes_or_the_named_one_only(stack) -> None:
    table = Table(stack, "items", partition_key="PK", indexes={"GSI1": "X", "GSI2": "Y"})
    assert [r.suffix for r in table.query().grants[0].resources] == ["", "/index/GSI1", "/index/GSI2"]
    assert [r.suffix for r in table.query("GSI2").grants[0].resources] == ["/index/GSI2"]
    with pytest.raises(CumuloError, match="it has: GSI1, GSI2"):
        table.query("GSI3")


def test_a_key_of_two_types_is_refused(stack) -> None:
    with pytest.raises(CumuloError, match="has two types"):
        Table(stack, "items", partition_key="PK", indexes={"GSI1": "PK:N"})


def test_a_key_of_an_unknown_type_is_refused(stack) -> None:
    with pytest.raises(CumuloError, match="use S, N or B"):
        Table(stack, "items", partition_key="PK:X")
