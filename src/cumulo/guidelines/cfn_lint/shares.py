"""Dividing a large template among processes: each has cfn-lint judge some of its resources.

All of them see the whole template, so that references, conditions and names are known. The resources of one type stay
together, as some rules compare them with each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

Answer = list[dict[str, Any]] | str

_WORTH_IT = 40  # resources; below, what all shares have to do takes longer than what they are spared
_ELSE = 0.1  # of the time that the resources take, for all that is judged besides them
_WALK = "E1001"  # goes through the whole template, and asks most rules on its way
_RESOURCES = "E3001"  # goes through the resources, by their names' pattern
_EACH = "patternProperties"


@dataclass(frozen=True)
class Share:
    """What one process judges.

    Parameters
    ----------
    template
        The whole template.
    position
        Which of the templates it is.
    only
        The types of resources to judge, and nothing else; ``None`` for all that others do not judge.
    others
        The types of resources that others judge.
    """

    template: Mapping[str, Any]
    position: int
    only: frozenset[str] | None = None
    others: frozenset[str] = frozenset()

    def takes(self, kind: str) -> bool:
        """Tell whether it judges a type of resources; a transform may make some that the template does not show."""
        return kind not in self.others if self.only is None else kind in self.only

    @property
    def size(self) -> int:
        """Return how much there is to judge, roughly."""
        return sum(size for kind, size in _sizes(self.template).items() if self.takes(kind))


def divide(templates: Sequence[Mapping[str, Any]], processes: int) -> list[Share]:
    """Divide each template that would keep one process at work when all others have ended.

    Examples
    --------
    >>> [share.others for share in divide([{"Resources": {}}], 2)]
    [frozenset()]
    """
    whole = [Share(template, position) for position, template in enumerate(templates)]
    fair = sum(share.size for share in whole) / max(processes, 1)
    return [part for share in whole for part in (_parts(share, processes) if share.size > fair else [share])]


def unite(shares: Iterable[Share], answers: Iterable[Answer]) -> list[Answer]:
    """Put together what was found in the shares of each template, in the templates' order."""
    found: dict[int, Answer] = {}
    for share, answer in zip(shares, answers, strict=True):
        found[share.position] = _both(found.get(share.position, []), answer)
    return [found[position] for position in sorted(found)]


@contextmanager
def confined(rules: Any, share: Share) -> Iterator[None]:
    """Have cfn-lint's rules judge a share only."""
    if share.only is None and not share.others:
        yield
        return
    resources, owner = rules[_RESOURCES], type(rules)
    judge, run = resources.validators[_EACH], owner.run_check

    def judge_some(validator: Any, patterns: Any, instance: Any, schema: Any) -> Any:
        if list(validator.context.path.path) == ["Resources"]:
            instance = {name: each for name, each in instance.items() if share.takes(_type(each))}
        return judge(validator, patterns, instance, schema)

    def run_walk(self: Any, check: Any, filename: Any, rule: str, *arguments: Any) -> Any:
        return run(self, check, filename, rule, *arguments) if rule == _WALK else ()

    resources.validators[_EACH] = judge_some
    if share.only is not None:
        owner.run_check = run_walk
    try:
        yield
    finally:
        resources.validators[_EACH] = judge
        owner.run_check = run


def _parts(share: Share, processes: int) -> list[Share]:
    if processes == 1 or len(_resources(share.template)) < _WORTH_IT:
        return [share]
    loads = [round(share.size * _ELSE), *([0] * (processes - 1))]
    kinds: list[set[str]] = [set() for _ in loads]
    for kind, size in sorted(_sizes(share.template).items(), key=lambda item: -item[1]):
        least = loads.index(min(loads))
        loads[least] += size
        kinds[least].add(kind)
    others = kinds[1:]
    rest = [replace(share, only=frozenset(each)) for each in others if each]
    return [replace(share, others=frozenset().union(*others)), *rest]


def _both(before: Answer, answer: Answer) -> Answer:
    """Return what two shares found; the walk finds the same in what is no resource."""
    if isinstance(before, str) or isinstance(answer, str):
        return before if isinstance(before, str) else answer
    known = {json.dumps(match) for match in before}
    return before + [match for match in answer if json.dumps(match) not in known]


def _sizes(template: Mapping[str, Any]) -> Mapping[str, int]:
    """Return how long the resources of each type are."""
    sizes: dict[str, int] = {}
    for resource in _resources(template).values():
        kind = _type(resource)
        sizes[kind] = sizes.get(kind, 0) + len(json.dumps(resource))
    return sizes


def _resources(template: Mapping[str, Any]) -> Mapping[str, Any]:
    resources = template.get("Resources")
    return resources if isinstance(resources, dict) else {}


def _type(resource: Any) -> str:
    return str(resource.get("Type")) if isinstance(resource, dict) else ""
