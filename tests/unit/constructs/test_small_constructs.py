"""Secret, Parameter, Topic and Alarm."""

import pytest

from cumulo import Alarm, CumuloError, Function, HttpApi, Parameter, Queue, Secret, Topic, minutes, seconds


def test_a_secret_is_made_up_by_aws_and_kept_in_production(stack, production, resources) -> None:
    Secret(stack, "api-key", length=50)
    Secret(production, "api-key")
    secret = resources(stack)["ApiKeySecret"]
    assert secret["Properties"]["GenerateSecretString"] == {"PasswordLength": 50, "ExcludePunctuation": True}
    assert "SecretString" not in secret["Properties"]
    assert resources(production)["ApiKeySecret"]["DeletionPolicy"] == "Retain"


def test_a_parameter_is_read_by_name_and_granted_by_arn(stack, resources) -> None:
    link = Parameter(stack, "limits", value="100").read()
    assert link.grants[0].resources[0].pattern.endswith(":parameter/shop-dev-limits")
    assert resources(stack)["LimitsParameter"]["Properties"]["Tags"] == {"Application": "shop", "Environment": "dev"}


@pytest.mark.parametrize("value", ["", "x" * 4097])
def test_a_parameter_out_of_range_is_refused(stack, value: str) -> None:
    with pytest.raises(CumuloError, match="1 to 4096 bytes"):
        Parameter(stack, "limits", value=value)


def test_a_topic_subscribes_addresses(stack, resources) -> None:
    Topic(stack, "alerts", emails=("a@example.com", "b@example.com"))
    addresses = {r["Properties"].get("Endpoint") for r in resources(stack).values()}
    assert {"a@example.com", "b@example.com"} <= addresses


def test_an_alarm_watches_a_metric_and_tells_a_topic(stack, resources) -> None:
    function = Function(stack, "get", handler="functions.a.get")
    topic = Topic(stack, "alerts")
    Alarm(stack, "errors", metric=function.errors(), above=2, per=minutes(1), datapoints=(2, 3), notify=topic)
    alarm = resources(stack)["ErrorsAlarm"]["Properties"]
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "GetFunction"}}]
    assert (alarm["Statistic"], alarm["Threshold"], alarm["Period"]) == ("Sum", 2, 60)
    assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (2, 3)
    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlertsTopic"}]
    assert alarm["TreatMissingData"] == "notBreaching"


def test_a_percentile_is_an_extended_statistic(stack, resources) -> None:
    Alarm(stack, "slow", metric=HttpApi(stack, "api").latency("p95"), above=500)
    alarm = resources(stack)["SlowAlarm"]["Properties"]
    assert alarm["ExtendedStatistic"] == "p95"
    assert "Statistic" not in alarm


def test_an_alarm_can_watch_the_dead_letter_queue(stack, resources) -> None:
    Alarm(stack, "dead", metric=Queue(stack, "jobs").dead(), above=0)
    dimension = resources(stack)["DeadAlarm"]["Properties"]["Dimensions"][0]
    assert dimension == {"Name": "QueueName", "Value": {"Fn::GetAtt": ["JobsDeadLetters", "QueueName"]}}


@pytest.mark.parametrize("wrong", [{"per": seconds(45)}, {"datapoints": (3, 2)}, {"missing": "fine"}])
def test_wrong_alarms_are_refused(stack, wrong) -> None:
    function = Function(stack, "get", handler="functions.a.get")
    with pytest.raises(CumuloError):
        Alarm(stack, "errors", metric=function.errors(), above=0, **wrong)
