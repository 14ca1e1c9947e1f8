"""Alarms on the clock: when they are evaluated, and what follows from it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cumulo.local.alarms.agenda import ALARM, COMPOSITE, Alarms
from cumulo.local.clock import Clock
from cumulo.local.entries import Entry
from cumulo.local.invoking import InvocationResult, UnknownFunctionError
from cumulo.local.journal import Journal
from cumulo.local.world import Resource, World

TOPIC = "arn:aws:sns:eu-central-1:000000000000:alerts"
FUNCTION = "arn:aws:lambda:eu-central-1:000000000000:function:repair"


@dataclass
class Told:
    """Takes what topics and functions are told."""

    messages: list[tuple[str, str, Any]] = field(default_factory=list)
    events: list[tuple[str, Any]] = field(default_factory=list)

    async def publish(self, topic: str, subject: str, message: str, text: str) -> None:
        self.messages.append((topic, subject, json.loads(message)))

    def close(self) -> None:
        """Nothing is open."""

    async def invoke(self, function: str, payload: bytes) -> InvocationResult:
        if function != FUNCTION:
            raise UnknownFunctionError(function)
        self.events.append((function, json.loads(payload)))
        return InvocationResult("r", b"null", None, 1.0)


def declared(name: str = "errors", **properties: Any) -> Resource:
    watched = {
        "AlarmName": name,
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": "create"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    return Resource("watch", name, ALARM, name, {**watched, **properties})


@dataclass
class Stage:
    """A journal, a clock and alarms."""

    journal: Journal
    clock: Clock
    told: Told
    folder: Path
    alarms: Alarms | None = None
    evaluated: list[float] = field(default_factory=list)

    def declare(self, *alarms: Resource) -> Alarms:
        world = World("000000000000", "eu-central-1", alarms)
        made = Alarms(
            world, journal=self.journal, clock=self.clock, publisher=self.told, invoker=self.told, folder=self.folder
        )
        self.alarms = made
        self.clock.add(made)
        return made

    def invoked(self, status: str = "error", duration: float = 5.0, function: str = "create") -> None:
        data = {"status": status, "duration_ms": duration}
        self.journal.append(Entry(self.clock.now(), "invocation", function, status, "r", data=data))

    def state(self, name: str = "errors") -> str:
        assert self.alarms is not None
        return self.alarms.states[name].state

    def changes(self) -> list[tuple[str, str]]:
        return [(one.data["old"], one.data["new"]) for one in self.journal.entries(kind="alarm") if one.data]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    journal = Journal(tmp_path / "journal.sqlite")
    yield Stage(journal, Clock(), Told(), tmp_path)
    journal.close()


async def test_an_alarm_begins_without_data_and_goes_off_and_comes_back(stage: Stage) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html"""
    alarms = stage.declare(declared())
    assert alarms.states["errors"].state == "INSUFFICIENT_DATA"
    assert alarms.states["errors"].reason == "Unchecked: Initial alarm creation"
    await stage.clock.advance(60)
    assert stage.state() == "OK"
    stage.invoked()
    await stage.clock.advance(60)
    assert stage.state() == "ALARM"
    assert alarms.states["errors"].reason.startswith("Threshold Crossed: 1 out of the last 1 datapoints [1.0 (")
    await stage.clock.advance(600)
    assert stage.state() == "OK"
    assert stage.changes() == [("INSUFFICIENT_DATA", "OK"), ("OK", "ALARM"), ("ALARM", "OK")]
    await alarms.stop()


async def test_an_alarm_of_5_minutes_is_evaluated_each_minute(stage: Stage) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html

    "any period of one minute or longer is evaluated every minute": at minute 6 minutes 2 to 6 are the datapoint.
    """
    alarms = stage.declare(declared(Period=300, Threshold=1))
    await stage.clock.advance(60 - stage.clock.now() % 60 + 1)
    stage.invoked()
    await stage.clock.advance(240)
    stage.invoked()
    assert stage.state() == "OK"
    await stage.clock.advance(60)
    assert stage.state() == "ALARM"
    assert alarms.states["errors"].changed % 60 == 0
    await alarms.stop()


async def test_a_high_resolution_alarm_is_evaluated_every_10_seconds(stage: Stage) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html#high-resolution-alarms"""
    alarms = stage.declare(declared(Period=10))
    stage.invoked()
    await stage.clock.advance(10)
    assert stage.state() == "ALARM"
    await alarms.stop()


async def test_an_alarm_over_days_is_evaluated_every_hour(stage: Stage) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html#evaluate-multiday-alarm"""
    alarms = stage.declare(declared(Period=86_400, EvaluationPeriods=2, DatapointsToAlarm=1))
    stage.invoked()
    await stage.clock.advance(3600)
    assert stage.state() == "ALARM"
    assert alarms.states["errors"].changed % 3600 == 0
    await alarms.stop()


async def test_without_data_a_month_passes_without_evaluations(stage: Stage) -> None:
    alarms = stage.declare(declared(Period=300, EvaluationPeriods=3))
    stage.invoked("ok")
    turns = []
    run_due = alarms.run_due

    async def counted(now: float) -> None:
        turns.append(now)
        await run_due(now)

    alarms.run_due = counted  # type: ignore[method-assign]
    await stage.clock.advance(30 * 86_400)
    # Five periods of five minutes, once after that, and what the changes in the journal cause.
    assert len(turns) <= 30
    assert stage.state() == "OK"
    await alarms.stop()


async def test_something_new_in_the_journal_wakes_the_clock(stage: Stage) -> None:
    alarms = stage.declare(declared())
    await stage.clock.advance(600)
    assert alarms.next_due() == float("inf")
    stage.invoked()
    assert alarms.next_due() <= stage.clock.now() + 60
    await stage.clock.advance(60)
    assert stage.state() == "ALARM"
    await alarms.stop()


async def test_ok_and_alarm_tell_topics_in_cloudwatchs_words(stage: Stage) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html"""
    alarms = stage.declare(declared(AlarmActions=[TOPIC], AlarmDescription="look at the logs"))
    await stage.clock.advance(60)
    stage.invoked()
    await stage.clock.advance(60)
    ((topic, subject, message),) = stage.told.messages
    assert (topic, subject) == (TOPIC, 'ALARM: "errors" in Europe (Frankfurt)')
    assert message["AlarmArn"] == "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:errors"
    assert (message["OldStateValue"], message["NewStateValue"]) == ("OK", "ALARM")
    assert message["AlarmDescription"] == "look at the logs"
    assert message["NewStateReason"] == alarms.states["errors"].reason
    assert message["Trigger"] == {
        "MetricName": "Errors", "Namespace": "AWS/Lambda", "StatisticType": "Statistic", "Statistic": "SUM",
        "Unit": None, "Dimensions": [{"value": "create", "name": "FunctionName"}], "Period": 60,
        "EvaluationPeriods": 1, "DatapointsToAlarm": 1, "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0.0, "TreatMissingData": "notBreaching", "EvaluateLowSampleCountPercentile": "",
    }  # fmt: skip
    await alarms.stop()


async def test_each_state_has_actions_of_its_own(stage: Stage) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    actions = {"OKActions": ["arn:aws:sns:::ok"], "InsufficientDataActions": ["arn:aws:sns:::insufficient"]}
    alarms = stage.declare(declared(TreatMissingData="missing", **actions))
    stage.invoked("ok")
    await stage.clock.advance(60)
    assert stage.state() == "OK"
    await stage.clock.advance(600)
    assert stage.state() == "INSUFFICIENT_DATA"
    assert alarms.states["errors"].reason == "Insufficient Data: 1 datapoint was unknown."
    assert [topic for topic, _, _ in stage.told.messages] == ["arn:aws:sns:::ok", "arn:aws:sns:::insufficient"]
    await alarms.stop()


async def test_an_alarm_invokes_functions(stage: Stage) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html"""
    alarms = stage.declare(declared(AlarmActions=[FUNCTION]))
    stage.invoked()
    await stage.clock.advance(120)
    ((function, event),) = stage.told.events
    assert (function, event["source"]) == (FUNCTION, "aws.cloudwatch")
    assert event["alarmData"]["state"]["value"] == "ALARM"
    assert event["alarmData"]["previousState"]["value"] in ("OK", "INSUFFICIENT_DATA")
    (metric,) = event["alarmData"]["configuration"]["metrics"]
    assert metric["metricStat"]["metric"]["dimensions"] == {"FunctionName": "create"}
    await alarms.stop()


async def test_an_action_that_fails_is_said_and_changes_nothing_else(stage: Stage) -> None:
    alarms = stage.declare(declared(AlarmActions=["arn:aws:automate:eu-central-1:ec2:stop", FUNCTION + "-gone"]))
    stage.invoked()
    await stage.clock.advance(120)
    assert stage.state() == "ALARM"
    failed = [entry.text for entry in stage.journal.entries(kind="alarm") if entry.level == "ERROR"]
    assert len(failed) == 2
    assert "only topics and functions are told here" in failed[0]
    await alarms.stop()


async def test_switched_off_actions_are_not_performed(stage: Stage) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    alarms = stage.declare(declared(AlarmActions=[TOPIC], ActionsEnabled=False))
    stage.invoked()
    await stage.clock.advance(120)
    assert (stage.state(), stage.told.messages) == ("ALARM", [])
    await alarms.stop()


async def test_states_survive_a_restart(stage: Stage) -> None:
    first = stage.declare(declared(AlarmActions=[TOPIC], TreatMissingData="ignore"))
    stage.invoked()
    await stage.clock.advance(120)
    await first.stop()
    stage.clock.remove(first)
    again = stage.declare(declared(AlarmActions=[TOPIC], TreatMissingData="ignore"))
    assert again.states == first.states
    assert stage.state() == "ALARM"
    await stage.clock.advance(600)
    assert (stage.state(), len(stage.told.messages)) == ("ALARM", 1)
    await again.stop()


async def test_after_a_restart_what_was_measured_before_still_counts(stage: Stage) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
    stage.invoked()
    await stage.clock.advance(61)
    alarms = stage.declare(declared())
    await stage.clock.advance(60)
    assert stage.state() == "ALARM"
    await alarms.stop()


async def test_reset_forgets_states_and_what_was_measured(stage: Stage) -> None:
    alarms = stage.declare(declared())
    stage.invoked()
    await stage.clock.advance(90)
    assert stage.state() == "ALARM"
    stage.invoked()
    await stage.clock.reset()
    await alarms.reset()
    assert stage.state() == "INSUFFICIENT_DATA"
    await stage.clock.advance(60)
    assert stage.state() == "OK"
    await alarms.stop()


async def test_metric_math(stage: Stage) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html"""

    def metric(id_: str, name: str) -> dict[str, Any]:
        dimensions = [{"Name": "FunctionName", "Value": "create"}]
        described = {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": dimensions}
        return {"Id": id_, "MetricStat": {"Metric": described, "Period": 60, "Stat": "Sum"}, "ReturnData": False}

    queries = [{"Id": "e1", "Expression": "100 * m1 / m2"}, metric("m1", "Errors"), metric("m2", "Invocations")]
    alarms = stage.declare(declared(Metrics=queries, Threshold=30, AlarmActions=[TOPIC]))
    await stage.clock.advance(60 - stage.clock.now() % 60 + 1)
    for status in ("ok", "ok", "error"):
        stage.invoked(status)
    await stage.clock.advance(60)
    assert alarms.states["errors"].reason.startswith("Threshold Crossed: 1 out of the last 1 datapoints [33.33333")
    trigger = stage.told.messages[0][2]["Trigger"]
    assert [query["Id"] for query in trigger["Metrics"]] == ["e1", "m1", "m2"]
    await alarms.stop()


async def test_few_samples_of_a_percentile_leave_the_state_when_asked_to(stage: Stage) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html

    p90 needs 10 / (1 - 0.9) = 100 samples.
    """
    slow = {"MetricName": "Duration", "Statistic": None, "ExtendedStatistic": "p90", "Threshold": 100}
    alarms = stage.declare(
        declared("asked", **slow, EvaluateLowSampleCountPercentile="ignore"), declared("not-asked", **slow)
    )
    await stage.clock.advance(60 - stage.clock.now() % 60 + 1)
    for _ in range(99):
        stage.invoked("ok", duration=500)
    await stage.clock.advance(60)
    assert (stage.state("asked"), stage.state("not-asked")) == ("INSUFFICIENT_DATA", "ALARM")
    for _ in range(100):
        stage.invoked("ok", duration=500)
    await stage.clock.advance(60)
    assert stage.state("asked") == "ALARM"
    await alarms.stop()


async def test_an_alarm_that_is_not_evaluated_here_says_so(stage: Stage) -> None:
    band = declared(ComparisonOperator="GreaterThanUpperThreshold")
    unknown = declared("math", Metrics=[{"Id": "e1", "Expression": "ANOMALY_DETECTION_BAND(m1)"}])
    broken = declared("broken", Metrics=[{"Id": "m1", "MetricStat": {"Period": 60}}])
    alarms = stage.declare(band, unknown, broken)
    await stage.clock.advance(60)
    assert (
        alarms.states["errors"].reason
        == "Not evaluated here: the comparison GreaterThanUpperThreshold is not evaluated here"
    )
    assert alarms.states["math"].reason.startswith("Not evaluated here: ")
    assert alarms.states["broken"].reason == "Not evaluated here: a property is missing or malformed ('Metric')"
    await alarms.stop()


async def test_metrics_that_functions_publish(stage: Stage) -> None:
    alarms = stage.declare(declared(Namespace="shop", MetricName="orders", Dimensions=[], Threshold=5))
    data = {"namespace": "shop", "name": "orders", "dimensions": {}, "values": [3, 4], "unit": "Count"}
    stage.journal.append(Entry(stage.clock.now(), "metric", "create", "orders", data=data))
    await stage.clock.advance(60)
    assert stage.state() == "ALARM"
    await alarms.stop()


async def test_concurrent_executions_are_counted_when_the_last_has_ended(stage: Stage) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    watched = {"MetricName": "ConcurrentExecutions", "Statistic": "Maximum", "Period": 300, "Threshold": 1}
    alarms = stage.declare(declared(**watched))
    await stage.clock.advance(61 - stage.clock.now() % 60)
    stage.invoked(duration=5.0)
    await stage.clock.advance(60)
    assert stage.state() == "OK"
    stage.invoked(duration=61_000.0)  # it was under way when the other one ran
    await stage.clock.advance(60)
    assert stage.state() == "ALARM"
    await alarms.stop()


async def test_in_real_time_a_minute_that_ends_is_evaluated(stage: Stage) -> None:
    alarms = stage.declare(declared())
    await stage.clock.advance(600)
    stage.clock.start()
    await stage.clock.advance((59.8 - stage.clock.now() % 60) % 60)
    stage.invoked()
    async with asyncio.timeout(30):
        while stage.state() != "ALARM":
            await asyncio.sleep(0.02)
    await stage.clock.stop()
    await alarms.stop()


async def test_a_composite_alarm_follows_its_children(stage: Stage) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html"""

    def composite(name: str, rule: str) -> Resource:
        return Resource("watch", name, COMPOSITE, name, {"AlarmRule": rule, "AlarmActions": [TOPIC]})

    outer, inner = composite("outer", "ALARM(inner)"), composite("inner", "ALARM(errors) AND NOT ALARM(slow)")
    alarms = stage.declare(declared(), declared("slow", MetricName="Duration", Threshold=1000), outer, inner)
    await stage.clock.advance(60)
    assert (stage.state("inner"), stage.state("outer")) == ("OK", "OK")
    stage.invoked()
    await stage.clock.advance(60)
    assert (stage.state("inner"), stage.state("outer")) == ("ALARM", "ALARM")
    arn = "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:errors"
    assert alarms.states["inner"].reason.startswith(f"{arn} transitioned to ALARM at ")
    (_, _, message) = stage.told.messages[0]
    assert message["AlarmRule"] == "ALARM(errors) AND NOT ALARM(slow)"
    assert [child["Arn"] for child in message["TriggeringChildren"]] == [arn]
    await stage.clock.advance(600)
    assert (stage.state("inner"), stage.state("outer")) == ("OK", "OK")
    await alarms.stop()


async def test_composite_alarms_in_a_circle_come_to_an_end(stage: Stage) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html"""
    one = Resource("watch", "one", COMPOSITE, "one", {"AlarmRule": "ALARM(errors) AND NOT ALARM(two)"})
    two = Resource("watch", "two", COMPOSITE, "two", {"AlarmRule": "ALARM(one)"})
    alarms = stage.declare(declared(), one, two)
    stage.invoked()
    await stage.clock.advance(120)
    assert stage.state() == "ALARM"
    await alarms.stop()


async def test_without_alarms_nothing_follows_the_journal(stage: Stage) -> None:
    alarms = stage.declare()
    stage.invoked()
    assert alarms.next_due() == float("inf")
    assert stage.journal._followers == ()
    await alarms.stop()
