"""Log lines go when the retention of their log group is over, by the local cloud's clock."""

from collections.abc import Iterator

import pytest

from cumulo.local.clock import Clock
from cumulo.local.entries import Entry
from cumulo.local.journal import Journal
from cumulo.local.log_retention import DAY, LogRetention, kept_days
from cumulo.local.world import Resource, World

GROUPS = "arn:aws:logs:us-east-1:000000000000:log-group"


def resource(type_: str, name: str, **properties: object) -> Resource:
    return Resource("api", name, type_, name, properties)


WORLD = World(
    "000000000000",
    "us-east-1",
    (
        resource("AWS::Lambda::Function", "short"),
        resource("AWS::Lambda::Function", "own", LoggingConfig={"LogGroup": "/shared"}),
        resource("AWS::Lambda::Function", "ever"),
        resource("AWS::Lambda::Function", "undeclared"),
        resource("AWS::Logs::LogGroup", "/aws/lambda/short", RetentionInDays=3),
        resource("AWS::Logs::LogGroup", "/shared", RetentionInDays=14),
        resource("AWS::Logs::LogGroup", "/aws/lambda/ever"),
        resource("AWS::Logs::LogGroup", "/api/access", RetentionInDays=7),
        resource("AWS::ApiGatewayV2::Api", "a1", Name="shop-api"),
        resource("AWS::ApiGatewayV2::Api", "a2", Name="silent-api"),
        resource(
            "AWS::ApiGatewayV2::Stage",
            "$default",
            ApiId="a1",
            AccessLogSettings={"DestinationArn": f"{GROUPS}:/api/access:*"},
        ),
        resource("AWS::ApiGatewayV2::Stage", "other", ApiId="a2"),
    ),
)


@pytest.fixture
def journal() -> Iterator[Journal]:
    journal = Journal(None)
    yield journal
    journal.close()


def test_how_long_log_lines_are_kept() -> None:
    assert kept_days(WORLD) == {"short": 3, "own": 14, "shop-api": 7}


async def test_log_events_expire_when_their_retention_is_over(journal: Journal) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html#SettingLogRetention"""
    clock = Clock()
    clock.add(LogRetention(lambda: WORLD, journal, clock))

    def left() -> set[str]:
        return {entry.subject for entry in journal.entries(kind="log")}

    names = {"short", "own", "ever", "undeclared", "shop-api"}
    for name in names:
        journal.append(Entry(clock.now(), "log", name, "a line"))
        journal.append(Entry(clock.now(), "invocation", name, "ok", data={"status": "ok"}))
    await clock.advance(2 * DAY)
    journal.append(Entry(clock.now(), "log", "short", "a later line"))
    assert left() == names
    await clock.advance(2 * DAY + 60)
    assert [entry.text for entry in journal.entries(kind="log", subject="short")] == ["a later line"]
    await clock.advance(30 * DAY)
    assert left() == {"ever", "undeclared"}
    assert len(journal.entries(kind="invocation")) == len(names)  # metrics are made of them


async def test_after_a_reset_the_days_begin_anew(journal: Journal) -> None:
    clock = Clock()
    clock.add(LogRetention(lambda: WORLD, journal, clock))
    await clock.advance(30 * DAY)
    await clock.reset()
    journal.append(Entry(clock.now(), "log", "short", "a line"))
    await clock.advance(5 * DAY)
    assert journal.entries(kind="log") == []
