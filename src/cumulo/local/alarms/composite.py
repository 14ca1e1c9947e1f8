"""Composite alarms: a rule of other alarms' states.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cumulo.errors import CumuloError
from cumulo.local.alarms.definition import State, actions
from cumulo.local.world import Resource

LONGEST = 10_240  # characters, as CloudWatch allows
_DEEPEST = 40
_STATES: Mapping[str, State] = {"ALARM": "ALARM", "OK": "OK", "INSUFFICIENT_DATA": "INSUFFICIENT_DATA"}
_TOKEN = re.compile(
    r"\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"(?P<quoted>[^\"]+)\"|'(?P<single>[^']+)'|(?P<plain>[^\s()]+))\s*\)"
    r"|(?P<word>AND|OR|NOT|TRUE|FALSE|\(|\)))"
)

States = Mapping[str, State]
Rule = Callable[[States], bool]


@dataclass(frozen=True)
class Composite:
    """One composite alarm.

    Parameters
    ----------
    name, arn
        The alarm.
    properties
        Its resource's properties, for messages.
    rule
        Whether it is in alarm, given the states of all alarms by name.
    children
        The names of the alarms in the rule.
    """

    name: str
    arn: str
    properties: Mapping[str, Any]
    rule: Rule
    children: tuple[str, ...]

    def actions(self, state: State) -> tuple[str, ...]:
        """Return the ARNs of what is done when it enters a state."""
        return actions(self.properties, state)


def read(resource: Resource, arn: str) -> Composite:
    """Return the composite alarm that a resource declares.

    Raises
    ------
    CumuloError
        When its rule is none.
    """
    text = str(resource.properties.get("AlarmRule", ""))
    where = f"alarm {resource.physical_id!r}"
    if len(text) > LONGEST:
        raise CumuloError(f"the rule has more than {LONGEST} characters", where=where)
    reader = _Reader(text, where)
    rule = reader.whole()
    return Composite(resource.physical_id, arn, resource.properties, rule, tuple(dict.fromkeys(reader.children)))


class _Reader:
    """Reads one rule from left to right: OR of ANDs of NOTs."""

    def __init__(self, text: str, where: str) -> None:
        self._text, self._where = text, where
        self._position = self._depth = 0
        self.children: list[str] = []

    def whole(self) -> Rule:
        rule = self._any()
        if self._text[self._position :].strip():
            raise self._wrong()
        return rule

    def _any(self) -> Rule:
        rules = [self._all()]
        while self._took("OR"):
            rules.append(self._all())
        return lambda states: any(rule(states) for rule in rules)

    def _all(self) -> Rule:
        rules = [self._one()]
        while self._took("AND"):
            rules.append(self._one())
        return lambda states: all(rule(states) for rule in rules)

    def _one(self) -> Rule:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong()
        rule = self._atom()
        self._depth -= 1
        return rule

    def _atom(self) -> Rule:
        if self._took("NOT"):
            rule = self._one()
            return lambda states: not rule(states)
        if self._took("("):
            rule = self._any()
            if not self._took(")"):
                raise self._wrong()
            return rule
        if self._took("TRUE"):
            return lambda _: True
        if self._took("FALSE"):
            return lambda _: False
        match = _TOKEN.match(self._text, self._position)
        if match is None or not match["state"]:
            raise self._wrong()
        self._position = match.end()
        return self._child(match["state"], match["quoted"] or match["single"] or match["plain"])

    def _child(self, state: str, alarm: str) -> Rule:
        name = alarm.partition(":alarm:")[2] if alarm.startswith("arn:") else alarm
        self.children.append(name)
        return lambda states: states.get(name) == _STATES[state]

    def _took(self, word: str) -> bool:
        match = _TOKEN.match(self._text, self._position)
        if match is None or match["word"] != word:
            return False
        self._position = match.end()
        return True

    def _wrong(self) -> CumuloError:
        rest = self._text[self._position :].strip()[:40] or "the end"
        return CumuloError(
            f"the rule is not understood at {rest!r}",
            where=self._where,
            hint='write it like ALARM("errors") AND NOT ALARM("deploying")',
        )
