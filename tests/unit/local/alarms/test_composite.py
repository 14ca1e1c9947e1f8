"""Rules of composite alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.errors import CumuloError
from cumulo.local.alarms.composite import Composite, read
from cumulo.local.world import Resource

STATES = {"errors": "ALARM", "slow": "OK", "idle queue": "INSUFFICIENT_DATA"}


def composite(rule: str) -> Composite:
    return read(Resource("watch", "All", "AWS::CloudWatch::CompositeAlarm", "all", {"AlarmRule": rule}), "arn")


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("ALARM(errors)", True),
        ('ALARM("slow")', False),
        ("OK('slow')", True),
        ('INSUFFICIENT_DATA("idle queue")', True),
        ("ALARM(arn:aws:cloudwatch:eu-central-1:000000000000:alarm:errors)", True),
        ("ALARM(errors) AND ALARM(slow)", False),
        ("ALARM(slow) OR ALARM(errors)", True),
        ("ALARM(errors) AND NOT ALARM(slow)", True),
        ("NOT (ALARM(errors) OR OK(slow))", False),
        ("TRUE AND (FALSE OR ALARM( errors ))", True),
        ("ALARM(errors) OR ALARM(errors) AND FALSE", True),
        ("ALARM(gone)", False),
    ],
)
def test_rules(rule: str, holds: bool) -> None:
    assert composite(rule).rule(STATES) is holds  # type: ignore[arg-type]


def test_the_children_are_named_once_in_order() -> None:
    assert composite('ALARM(b) AND (OK(a) OR ALARM("b"))').children == ("b", "a")


@pytest.mark.parametrize(
    "rule", ["", "ALARM", "ALARM()", "ALARM(a) AND", "(ALARM(a)", "ALARM(a) ALARM(b)", "XOR", "NOT " * 100, "(" * 100]
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(CumuloError, match="the rule is not understood"):
        composite(rule)


RULES = st.recursive(
    st.sampled_from(["ALARM(errors)", "ALARM(slow)", "OK(slow)", "TRUE", "FALSE"]),
    lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda parts: f"({' '.join(parts)})"),
    max_leaves=10,
)


@given(RULES)
def test_not_turns_a_rule_round(rule: str) -> None:
    assert composite(f"NOT {rule}").rule(STATES) is not composite(rule).rule(STATES)  # type: ignore[arg-type]
