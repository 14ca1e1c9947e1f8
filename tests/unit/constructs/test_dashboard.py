"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""

import json
from typing import Any

import pytest

from cumulo import App, CumuloError, Dashboard, Function, Metric, Stack, Stage, seconds


@pytest.fixture
def function(stack) -> Function:
    return Function(stack, "get", handler="functions.a.get")


def body(dashboard: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The widgets and the variables of Fn::Sub."""
    made = dashboard["Properties"]["DashboardBody"]["Fn::Sub"]
    text, variables = made if isinstance(made, list) else (made, {})
    return json.loads(text)["widgets"], variables


def test_the_cells_of_a_row_share_its_width(stack, resources, function) -> None:
    errors = function.errors()
    Dashboard(stack, "overview", rows=[[errors, errors, errors], [errors]])
    widgets, _ = body(resources(stack)["OverviewDashboard"])
    places = [tuple(widget[name] for name in ("x", "y", "width", "height")) for widget in widgets]
    assert places == [(0, 0, 8, 6), (8, 0, 8, 6), (16, 0, 8, 6), (0, 6, 24, 6)]
    assert {widget["type"] for widget in widgets} == {"metric"}
    assert widgets[0]["properties"]["region"] == "${AWS::Region}"


def test_references_are_variables_each_once(stack, resources, function) -> None:
    Dashboard(stack, "overview", rows=[[function.errors(), function.duration("p95")]])
    widgets, variables = body(resources(stack)["OverviewDashboard"])
    assert variables == {"GetFunctionRef1": {"Ref": "GetFunction"}}
    assert [widget["properties"]["metrics"] for widget in widgets] == [
        [["AWS/Lambda", "Errors", "FunctionName", "${GetFunctionRef1}", {"stat": "Sum"}]],
        [["AWS/Lambda", "Duration", "FunctionName", "${GetFunctionRef1}", {"stat": "p95"}]],
    ]


def test_references_to_other_stacks_are_imported(resources) -> None:
    app = App("shop", Stage("dev"))
    api, watch = Stack(app, "api"), Stack(app, "watch")
    function = Function(api, "get", handler="functions.a.get")
    Dashboard(watch, "overview", rows=[[function.errors()]])
    _, variables = body(resources(watch)["OverviewDashboard"])
    assert variables == {"GetFunctionRef1": {"Fn::ImportValue": "shop-dev-api:GetFunctionRef"}}
    assert watch.dependencies == {"api"}


def test_several_metrics_and_arithmetic_in_one_graph(stack, resources, function) -> None:
    rate = (100 * function.errors() / function.invocations()).labelled("Error rate")
    Dashboard(stack, "overview", rows=[[[function.throttles(), rate, 2 * function.errors()]]])
    (widget,), _ = body(resources(stack)["OverviewDashboard"])
    lines = widget["properties"]["metrics"]
    assert [line[0]["expression"] for line in lines if isinstance(line[0], dict)] == ["100 * m2 / m3", "2 * m5"]
    ids = [line[-1]["id"] for line in lines if "id" in line[-1]]
    assert len(ids) == len(set(ids))
    assert {line[-1]["id"]: line[1] for line in lines if line[-1].get("visible") is False} == {
        "m2": "Errors",
        "m3": "Invocations",
        "m5": "Errors",
    }
    assert widget["properties"]["title"] == "Throttles, Error rate, 2 * m1"


def test_an_alarm_is_a_graph_and_several_are_their_states(stack, resources, function) -> None:
    alarms = [function.errors().alarm(stack, name, above=0) for name in ("one", "two")]
    Dashboard(stack, "overview", rows=[[alarms[0], alarms]])
    (graph, states), variables = body(resources(stack)["OverviewDashboard"])
    assert graph["type"] == "metric"
    assert graph["properties"]["annotations"] == {"alarms": ["${OneAlarmArn1}"]}
    assert (states["type"], states["properties"]["alarms"]) == ("alarm", ["${OneAlarmArn1}", "${TwoAlarmArn2}"])
    assert variables["TwoAlarmArn2"] == {"Fn::GetAtt": ["TwoAlarm", "Arn"]}


def test_dynamic_labels_are_left_to_cloudwatch(stack, resources) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html"""
    metric = Metric("shop", "orders", {"service": "cart"}).labelled("at most ${MAX}")
    Dashboard(stack, "overview", rows=[[metric]])
    (widget,), _ = body(resources(stack)["OverviewDashboard"])
    assert widget["properties"]["metrics"][0][-1]["label"] == "at most ${!MAX}"


def test_the_body_is_the_same_each_time(resources) -> None:
    def made() -> Any:
        stack = Stack(App("shop", Stage("dev")), "watch")
        function = Function(stack, "get", handler="functions.a.get")
        Dashboard(stack, "overview", rows=[[function.errors(), [function.duration(), function.throttles()]]])
        return resources(stack)["OverviewDashboard"]

    assert made() == made()


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ("errors", "rows is 'errors', not a list"),
        (["errors"], "a row is 'errors', not a list"),
        ([[]], "a row has 0 cells"),
        ([[3]], "a cell is 3"),
        ([[[]]], "a cell is a list"),
    ],
)
def test_wrong_rows_are_refused(stack, rows, what) -> None:
    with pytest.raises(CumuloError, match=what):
        Dashboard(stack, "overview", rows=rows)


def test_a_cell_does_not_mix_alarms_and_metrics(stack, function) -> None:
    alarm = function.errors().alarm(stack, "errors", above=0)
    with pytest.raises(CumuloError, match="a cell mixes alarms"):
        Dashboard(stack, "overview", rows=[[[alarm, function.errors()]]])


def test_the_period_is_whole_minutes(stack, function) -> None:
    with pytest.raises(CumuloError, match="a period of 90 s"):
        Dashboard(stack, "overview", rows=[[function.errors()]], period=seconds(90))
