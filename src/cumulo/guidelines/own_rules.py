"""Findings about the check itself, and what reports say about them."""

from __future__ import annotations

from collections.abc import Mapping

from cumulo.guidelines import acceptance, baseline, cfn_lint
from cumulo.guidelines.finding import RuleInfo, Severity

UNREADABLE = "CHK003"
REPEATED = "CHK004"
BROKEN_RULE = "CHK006"
NOT_EXPANDED = "CHK007"

_INFOS = (
    RuleInfo(
        acceptance.NO_REASON,
        "an accepted finding has a reason",
        "nobody can judge a suppression without its reason",
        "write why",
        Severity.WARNING,
    ),
    RuleInfo(
        acceptance.USELESS,
        "an acceptance applies to something",
        "it would hide the next finding of its kind",
        "remove it",
        Severity.INFO,
    ),
    RuleInfo(UNREADABLE, "what is judged can be read", "it was not judged", "", Severity.ERROR),
    RuleInfo(REPEATED, "a key is written once", "only the last one counts", "remove one of them", Severity.WARNING),
    RuleInfo(cfn_lint.FAILED, "cfn-lint can judge the template", "its form was not judged", "", Severity.ERROR),
    RuleInfo(
        BROKEN_RULE,
        "every rule can be judged",
        "the rule has a defect: what it looks for was not judged",
        "report it",
        Severity.ERROR,
    ),
    RuleInfo(
        NOT_EXPANDED,
        "the template is plain CloudFormation",
        "what a transform makes of it is not seen",
        "mend what SAM's translator names; for macros, check the template that the change set shows, too",
        Severity.INFO,
    ),
    RuleInfo(
        acceptance.UNKNOWN_RULE,
        "an acceptance names a rule that exists",
        "it accepts nothing",
        "name each rule by its id: `cumulo explain` lists them",
        Severity.WARNING,
    ),
    RuleInfo(
        baseline.GONE,
        "the baseline holds only what is still found",
        "a finding that was mended could come back unseen",
        "cumulo check --write-baseline",
        Severity.INFO,
    ),
)

OWN_RULES: Mapping[str, RuleInfo] = {info.id: info for info in _INFOS}
"""What reports say about findings of the check itself, by id."""
