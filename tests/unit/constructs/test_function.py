from typing import Any

import pytest

from cumulo import App, CumuloError, Function, Queue, Stack, Stage, Table, seconds


def statements(resources: dict[str, Any], role: str) -> dict[str, list[str]]:
    """Give the actions that a role may call, by resource."""
    document = resources[role]["Properties"]["Policies"][0]["PolicyDocument"]
    return {str(s["Resource"]): s["Action"] for s in document["Statement"]}


def test_the_defaults_are_the_guidelines(stack, resources) -> None:
    Function(stack, "create", handler="functions.a.create")
    made = resources(stack)
    function = made["CreateFunction"]["Properties"]
    assert function["FunctionName"] == "shop-dev-create"
    assert (function["MemorySize"], function["Timeout"], function["Architectures"]) == (512, 30, ["arm64"])
    assert made["CreateLogGroup"]["Properties"]["RetentionInDays"] == 14
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": "CreateLogGroup"}}
    assert {tag["Key"]: tag["Value"] for tag in function["Tags"]} == {"Application": "shop", "Environment": "dev"}
    assert "TracingConfig" not in function


def test_production_traces_and_keeps_logs_longer(production, resources) -> None:
    Function(production, "create", handler="functions.a.create")
    made = resources(production)
    assert made["CreateFunction"]["Properties"]["TracingConfig"] == {"Mode": "Active"}
    assert made["CreateLogGroup"]["Properties"]["RetentionInDays"] == 30


def test_without_links_a_function_may_only_write_its_own_log(stack, resources) -> None:
    Function(stack, "create", handler="functions.a.create")
    assert statements(resources(stack), "CreateRole") == {
        "{'Fn::GetAtt': ['CreateLogGroup', 'Arn']}": ["logs:CreateLogStream", "logs:PutLogEvents"]
    }


def test_a_link_grants_the_actions_on_that_resource_and_sets_the_variable(stack, resources) -> None:
    table = Table(stack, "items", partition_key="PK")
    Function(stack, "get", handler="functions.a.get", links=[table.get(), table.put()])
    made = resources(stack)
    assert statements(made, "GetRole")["{'Fn::GetAtt': ['ItemsTable', 'Arn']}"] == [
        "dynamodb:GetItem",
        "dynamodb:PutItem",
    ]
    assert made["GetFunction"]["Properties"]["Environment"]["Variables"]["ITEMS_TABLE_NAME"] == {"Ref": "ItemsTable"}


def test_no_link_of_a_table_scans_or_uses_a_star(stack, resources) -> None:
    table = Table(stack, "items", partition_key="PK", indexes={"GSI1": "X"})
    Function(stack, "all", handler="functions.a.all", links=[table, table.read(), table.write(), table.query()])
    granted = statements(resources(stack), "AllRole")
    actions = {action for names in granted.values() for action in names}
    assert "dynamodb:Scan" not in actions
    assert not [entry for entry in (*actions, *granted) if "*" in entry]


def test_a_link_across_stacks_exports_imports_and_orders(resources) -> None:
    app = App("shop", Stage("dev"))
    data, api = Stack(app, "data"), Stack(app, "api")
    table = Table(data, "items", partition_key="PK")
    Function(api, "get", handler="functions.a.get", links=[table.get()])
    variables = resources(api)["GetFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["ITEMS_TABLE_NAME"] == {"Fn::ImportValue": "shop-dev-data:ItemsTableRef"}
    assert api.dependencies == {"data"}
    assert set(data.exports) == {"ItemsTableRef", "ItemsTableArn"}


def test_two_links_that_want_one_variable_are_refused(stack) -> None:
    other = Stack(stack.app, "other")
    tables = [Table(stack, "items", partition_key="PK"), Table(other, "items-table", partition_key="PK")]
    with pytest.raises(CumuloError, match="two links want the environment variable ITEMS_TABLE_NAME"):
        Function(stack, "get", handler="functions.a.get", links=[table.get() for table in tables])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"memory": 100000}, "a memory of 100000 MB is not possible"),
        ({"memory": 64}, "use 128 to 10240 MB"),
        ({"timeout": seconds(901)}, "a timeout of 901 s is not possible"),
        ({"architecture": "mips"}, "use arm64 or x86_64"),
        ({"reserved_concurrency": -1}, "0 or more"),
        ({"handler": "create"}, "is no handler"),
        ({"handler": "functions/a.create"}, "is no handler"),
    ],
)
def test_mistakes_say_what_where_and_what_to_do(stack, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(CumuloError) as caught:
        Function(stack, "create", **{"handler": "functions.a.create", **wrong})
    assert says in str(caught.value)
    assert "function 'create'" in str(caught.value)
    assert "test_function.py:" in str(caught.value)


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_ACCESS_KEY_ID", "_HANDLER", "LAMBDA_TASK_ROOT"])
def test_lambdas_reserved_environment_variables_are_refused(stack, capsys, name: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    with pytest.raises(CumuloError, match=rf"function 'create' .*: the environment variable {name} is reserved"):
        Function(stack, "create", handler="functions.a.create", environment={name: "x"})
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["X-Y", "1X", "X", "", "ÄX", "XY\n", 3])
def test_names_that_lambda_does_not_take_for_environment_variables_are_refused(stack, capsys, name) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    with pytest.raises(CumuloError, match="is no name for an environment variable"):
        Function(stack, "create", handler="functions.a.create", environment={name: "x"})
    assert capsys.readouterr() == ("", "")


def test_the_value_of_an_environment_variable_is_text_or_a_reference(stack, resources) -> None:
    table = Table(stack, "items", partition_key="PK")
    with pytest.raises(CumuloError, match="environment variable LIMIT is 3, not text"):
        Function(stack, "limited", handler="functions.a.create", environment={"LIMIT": 3})
    Function(stack, "create", handler="functions.a.create", environment={"LIMIT": "3", "NAME": table.table_name})
    variables = resources(stack)["CreateFunction"]["Properties"]["Environment"]["Variables"]
    assert (variables["LIMIT"], variables["NAME"]) == ("3", {"Ref": "ItemsTable"})


def test_two_functions_of_one_name_are_refused_even_in_different_stacks(stack) -> None:
    Function(stack, "create", handler="functions.a.create")
    with pytest.raises(CumuloError, match=r"there is another function of that name, declared at .*test_function.py:"):
        Function(Stack(stack.app, "other"), "create", handler="functions.a.create")


def test_override_merges_and_removes_properties(stack, resources) -> None:
    override = {"LoggingConfig": {"LogFormat": "JSON"}, "Description": "x", "Tags": None}
    Function(stack, "create", handler="functions.a.create", override=override)
    properties = resources(stack)["CreateFunction"]["Properties"]
    assert properties["LoggingConfig"] == {"LogGroup": {"Ref": "CreateLogGroup"}, "LogFormat": "JSON"}
    assert properties["Description"] == "x"
    assert "Tags" not in properties


def test_a_retention_that_cloudwatch_does_not_know_names_the_nearest(stack) -> None:
    with pytest.raises(CumuloError, match=r"use days\(14\)"):
        Function(stack, "create", handler="functions.a.create", retention=seconds(15 * 86400))


def test_invoking_is_a_link_too(stack, resources) -> None:
    worker = Function(stack, "worker", handler="functions.a.work")
    Function(stack, "caller", handler="functions.a.call", links=[worker.invoke(), Queue(stack, "jobs")])
    made = resources(stack)
    assert statements(made, "CallerRole")["{'Fn::GetAtt': ['WorkerFunction', 'Arn']}"] == ["lambda:InvokeFunction"]
    assert set(made["CallerFunction"]["Properties"]["Environment"]["Variables"]) >= {
        "WORKER_FUNCTION_NAME",
        "JOBS_QUEUE_URL",
    }
