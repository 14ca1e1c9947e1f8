import pytest

from cumulo import Alarm, App, CumuloError, Function, Metric, Queue, Stack, Stage, Topic, minutes


@pytest.fixture
def function(stack) -> Function:
    return Function(stack, "get", handler="functions.a.get")


def test_an_alarm_in_one_line(stack, resources, function) -> None:
    topic = Topic(stack, "alerts")
    function.errors().alarm(stack, "errors", above=10, per=minutes(5), datapoints=(2, 3), notify=topic)
    alarm = resources(stack)["ErrorsAlarm"]["Properties"]
    assert (alarm["MetricName"], alarm["Threshold"], alarm["Period"]) == ("Errors", 10, 300)
    assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (2, 3)
    assert alarm["AlarmActions"] == [{"Ref": "AlertsTopic"}]


@pytest.mark.parametrize(
    ("bound", "operator"),
    [
        ("above", "GreaterThanThreshold"),
        ("at_least", "GreaterThanOrEqualToThreshold"),
        ("below", "LessThanThreshold"),
        ("at_most", "LessThanOrEqualToThreshold"),
    ],
)
def test_the_bound_chooses_the_comparison(stack, resources, function, bound, operator) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    function.errors().alarm(stack, "errors", **{bound: 0})
    alarm = resources(stack)["ErrorsAlarm"]["Properties"]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == (operator, 0)


@pytest.mark.parametrize("bounds", [{}, {"above": 1, "below": 2}])
def test_an_alarm_has_one_threshold(stack, function, bounds) -> None:
    with pytest.raises(CumuloError, match="thresholds are given, an alarm has one"):
        Alarm(stack, "errors", metric=function.errors(), **bounds)


def test_arithmetic_with_metrics_becomes_metric_math(stack, resources, function) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cloudwatch-alarm-metricdataquery.html"""
    rate = 100 * function.errors() / function.invocations()
    rate.alarm(stack, "error-rate", above=5, per=minutes(1))
    alarm = resources(stack)["ErrorRateAlarm"]["Properties"]
    dimensions = [{"Name": "FunctionName", "Value": {"Ref": "GetFunction"}}]
    assert alarm["Metrics"] == [
        {"Id": "e1", "Expression": "100 * m1 / m2", "Label": "100 * m1 / m2", "ReturnData": True},
        *(
            {
                "Id": id_,
                "MetricStat": {
                    "Metric": {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": dimensions},
                    "Period": 60,
                    "Stat": "Sum",
                },
                "ReturnData": False,
            }
            for id_, name in (("m1", "Errors"), ("m2", "Invocations"))
        ),
    ]
    assert not {"Namespace", "MetricName", "Dimensions", "Period", "Statistic"} & alarm.keys()


def test_metric_math_across_stacks_imports(resources) -> None:
    app = App("shop", Stage("dev"))
    api, watch = Stack(app, "api"), Stack(app, "watch")
    function = Function(api, "get", handler="functions.a.get")
    (function.errors() + function.throttles()).alarm(watch, "trouble", above=0)
    query = resources(watch)["TroubleAlarm"]["Properties"]["Metrics"][1]
    value = query["MetricStat"]["Metric"]["Dimensions"][0]["Value"]
    assert value == {"Fn::ImportValue": "shop-dev-api:GetFunctionRef"}


def test_an_expression_needs_1_to_10_metrics(stack) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html"""
    many = sum(Metric("shop", f"orders{number}", {}) for number in range(11))
    with pytest.raises(CumuloError, match="the expression has 11 metrics"):
        many.alarm(stack, "many", above=0)


def test_an_alarm_on_the_dead_letter_queue_in_one_line(stack, resources) -> None:
    Queue(stack, "jobs").dead().alarm(stack, "dead", at_least=1)
    assert resources(stack)["DeadAlarm"]["Properties"]["Statistic"] == "Maximum"
