"""Findings about the check itself, and what reports say about them."""

from __future__ import annotations

from collections.abc import Mapping

from cumulo.guidelines import acceptance, baseline, secrets
from cumulo.guidelines.cfn_lint import linting
from cumulo.guidelines.finding import RuleInfo, Severity

UNREADABLE = "CHK003"
REPEATED = "CHK004"
BROKEN_RULE = "CHK006"
NOT_EXPANDED = "CHK007"

_INFOS = (
    RuleInfo(
        acceptance.NO_REASON,
        "an accepted finding has a reason",
        "nobody can judge a suppression without its reason, so it accepts nothing until it has one",
        "write why, as in `# cumulo: accept SRC003 because the table has ten items`",
        Severity.WARNING,
    ),
    RuleInfo(
        acceptance.USELESS,
        "an acceptance applies to something",
        "what it was written for is gone, and it would hide the next finding of its kind",
        "remove it; if it was meant for something else, name that",
        Severity.INFO,
    ),
    RuleInfo(
        UNREADABLE,
        "what is judged can be read",
        "what cannot be read, or a handler that is not there, is not judged: it has no findings, and is not clean",
        "mend what the finding names: syntax, coding, rights, a link in a circle, a misspelt name; the rest was judged",
        Severity.ERROR,
    ),
    RuleInfo(
        REPEATED,
        "a key is written once",
        "of two equal keys in one mapping only the last one counts, so what stands under the first is never deployed",
        "remove one of them, or give one of two resources another logical id",
        Severity.WARNING,
    ),
    RuleInfo(
        linting.FAILED,
        "cfn-lint can judge the template",
        "only cfn-lint knows whether CloudFormation takes a template, and it did not judge this one",
        "install it with `pip install 'cumulo[check]'`; where it failed, `cfn-lint TEMPLATE` says more; "
        "`--no-cfn-lint` does without it",
        Severity.ERROR,
    ),
    RuleInfo(
        BROKEN_RULE,
        "every rule can be judged",
        "the rule has a defect that this input shows: what it looks for was not judged, all other rules were",
        "report it, with the smallest template or source that shows it",
        Severity.ERROR,
    ),
    RuleInfo(
        NOT_EXPANDED,
        "the template is plain CloudFormation",
        "what a transform makes of the template is not seen, so resources that it adds or changes are not judged",
        "mend what SAM's translator names; for macros, check the template that the change set shows, too",
        Severity.INFO,
    ),
    RuleInfo(
        acceptance.UNKNOWN_RULE,
        "an acceptance names a rule that exists",
        "it accepts nothing: most likely the rule's id is misspelt",
        "name each rule by its id: `cumulo explain` lists them",
        Severity.WARNING,
    ),
    RuleInfo(
        baseline.GONE,
        "the baseline holds only what is still found",
        "a finding that was mended could come back unseen",
        "write the baseline again: `cumulo check --write-baseline`",
        Severity.INFO,
    ),
    RuleInfo(
        secrets.LESS,
        "secrets are known by their form, too",
        "detect-secrets knows what keys and tokens look like; without it SEC001 and SRC015 find only what is called a "
        "secret, as DB_PASSWORD",
        "install it with `pip install 'cumulo[check]'`",
        Severity.INFO,
    ),
)

OWN_RULES: Mapping[str, RuleInfo] = {info.id: info for info in _INFOS}
"""What reports say about findings of the check itself, by id."""
