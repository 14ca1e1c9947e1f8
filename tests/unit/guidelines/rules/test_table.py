"""Rules about tables: settings, several templates, and what AWS's pages say."""

from __future__ import annotations


def tables(count, key="id", **properties):
    more = "".join(f", {name}: {value}" for name, value in properties.items())
    definitions = f"AttributeDefinitions: [{{AttributeName: {key}, AttributeType: S}}]"
    schema = f"KeySchema: [{{AttributeName: {key}, KeyType: HASH}}]"
    table = f"{{Type: AWS::DynamoDB::Table, Properties: {{{definitions}, {schema}{more}}}}}"
    return "Resources:\n" + "".join(f"  T{number}: {table}\n" for number in range(count))


def test_a_key_of_aws_is_stated_encryption(judge):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSESpecification.html"""
    assert judge("DDB004", tables(1))
    assert not judge("DDB004", tables(1, SSESpecification="{SSEEnabled: false}"))


def test_nobody_but_the_team_chooses_a_key_that_costs(judge):
    (found,) = judge("DDB004", tables(1))
    assert not found.edits


def test_tables_that_are_keyed_alike_are_named(judge):
    (found,) = judge("DDB005", tables(4))
    assert found.message == "4 tables are keyed alike and could be one: T0, T1, T2, T3"


def test_tables_of_two_systems_are_not_counted_together(judge):
    assert not judge("DDB005", tables(2), tables(2))


def test_how_many_tables_are_several_is_a_setting(judge):
    assert not judge("DDB005", tables(3), tables=4)
    assert judge("DDB005", tables(2), tables=2)


def test_a_general_key_holds_several_entities_already(judge):
    assert not judge("DDB005", tables(3, key="Partition_Key"))
    assert judge("DDB005", tables(3, key="Partition_Key"), general_keys=["pk"])
