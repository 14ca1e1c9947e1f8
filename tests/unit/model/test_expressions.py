from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.model.expressions import At, Rate, Timing, parse, zone

BERLIN = zone("Europe/Berlin")
MARCH = datetime(2026, 3, 28, 12, tzinfo=BERLIN).timestamp()  # the clocks go forward in the night
OCTOBER = datetime(2026, 10, 24, 12, tzinfo=BERLIN).timestamp()  # and back


def berlin(expression: str, **more: float) -> Timing:
    return Timing(parse(expression), BERLIN, created=0.0, **more)


def shown(seconds: float | None) -> str:
    assert seconds is not None
    return datetime.fromtimestamp(seconds, BERLIN).isoformat()


def test_a_cron_time_that_the_clocks_skip_is_skipped() -> None:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time"""
    assert shown(berlin("cron(30 2 * * ? *)").next(MARCH)) == "2026-03-30T02:30:00+02:00"
    assert berlin("cron(30 2 29 3 ? 2026)").next(MARCH) is None


def test_a_cron_time_that_the_clocks_show_twice_is_due_once() -> None:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time"""
    timing = berlin("cron(30 2 * * ? *)")
    first = timing.next(OCTOBER)
    assert shown(first) == "2026-10-25T02:30:00+02:00"
    assert shown(timing.next(first)) == "2026-10-26T02:30:00+01:00"


def test_a_rate_of_days_is_24_hours_whatever_the_clocks_do() -> None:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time"""
    timing = berlin("rate(1 days)", start=MARCH)
    assert timing.next(MARCH) == MARCH + 86_400
    assert shown(timing.next(MARCH)) == "2026-03-29T13:00:00+02:00"


def test_a_one_time_schedule_in_the_gap_is_due_as_long_after_it() -> None:
    assert shown(berlin("at(2026-03-29T02:30:00)").next(MARCH)) == "2026-03-29T03:30:00+02:00"


def test_a_one_time_schedule_that_the_clocks_show_twice_is_due_at_the_first() -> None:
    timing = berlin("at(2026-10-25T02:30:00)")
    assert shown(timing.next(OCTOBER)) == "2026-10-25T02:30:00+02:00"
    assert timing.next(timing.next(OCTOBER)) is None


def test_a_rate_without_a_start_begins_at_once() -> None:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based"""
    assert Timing(parse("rate(5 minutes)"), UTC, created=1000.3).next(1000.3) == 1001
    assert Timing(parse("rate(5 minutes)"), UTC, created=1000.3).next(1001) == 1301


def test_start_and_end_are_included() -> None:
    timing = Timing(parse("rate(1 hour)"), UTC, 0.0, start=7200.0, end=14_400.0)
    assert [timing.next(after) for after in (0, 7200, 10_800, 14_400)] == [7200, 10_800, 14_400, None]


def test_a_one_time_schedule_ignores_start_and_end() -> None:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"""
    timing = Timing(parse("at(1970-01-02T00:00:00)"), UTC, 0.0, start=1e9, end=1.0)
    assert timing.next(0) == 86_400


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 minute)", Rate(60)),
        ("rate(1 days)", Rate(86_400)),
        ("rate(12 hours)", Rate(43_200)),
        ("at(2026-12-01T09:00:00)", At(datetime(2026, 12, 1, 9))),
    ],
)
def test_expressions_are_read(expression, expected) -> None:
    assert parse(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        *("rate(0 minutes)", "rate(1.5 hours)", "rate(5 weeks)", "rate(5)", "rate(-1 days)", "Rate(1 day)"),
        *("at(2026-12-01)", "at(2026-12-01T09:00)", "at(2026-12-01T09:00:00Z)", "at(2026-02-30T09:00:00)"),
        *("at(2026-12-01T24:00:00)", "cron()", "cron(0 9 * * ?)", "", "daily", " rate(5 minutes)"),
    ],
)
def test_what_is_no_expression_is_refused(expression) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(expression)


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "", "Europe", "../../etc/passwd", "/etc/localtime", "a\0b", "x" * 300]
)
def test_a_zone_that_does_not_exist_is_refused(name) -> None:
    with pytest.raises(ValueError, match="there is no time zone"):
        zone(name)


@given(
    st.sampled_from([MARCH, OCTOBER, OCTOBER + 14 * 86_400]),
    st.integers(0, 48 * 60),
    st.sampled_from(["*", "0/15", "30", "0,59", "7-11"]),
    st.sampled_from(["*", "2", "1-3", "0/2", "23-3"]),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"]),
)
def test_next_agrees_with_looking_at_every_minute(start, minutes, minute, hour, name) -> None:
    place = zone(name)
    timing = Timing(parse(f"cron({minute} {hour} * * ? *)"), place, 0.0)
    now = start + minutes * 60
    wanted = timing.expression

    def due(seconds: float) -> bool:
        local = datetime.fromtimestamp(seconds, place)
        again = local.fold == 1  # the clocks showed it before
        return not again and local.minute in wanted.minutes and local.hour in wanted.hours

    expected = now + 60
    while not due(expected):
        expected += 60
    assert timing.next(now) == expected


@given(st.floats(0, 4e9), st.integers(1, 10_000), st.sampled_from(["minutes", "hours", "days"]), st.floats(0, 4e9))
def test_a_rate_is_a_whole_number_of_periods_after_its_beginning(created, value, unit, now) -> None:
    timing = Timing(parse(f"rate({value} {unit})"), UTC, created)
    found = timing.next(now)
    period = timing.expression.seconds
    assert found > now
    assert found - now <= period or found == int(created) + 1
    assert (found - (int(created) + 1)) % period == 0


def test_a_leap_day_is_found_over_a_year_that_has_none() -> None:
    leap = Timing(parse("cron(0 0 29 2 ? *)"), UTC, 0.0)
    assert leap.next(datetime(2096, 3, 1, tzinfo=UTC).timestamp()) == datetime(2104, 2, 29, tzinfo=UTC).timestamp()
