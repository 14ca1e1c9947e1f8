"""Runs cfn-lint in a process of its own: importing it takes longer than all our rules.

Reads ``{"region": …, "templates": [...]}`` from standard input, writes for each template a list of what was found,
or a text that says why it could not be judged.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from typing import Any

from cumulo.guidelines import cfn_lint_sympy
from cumulo.guidelines.forking import in_children

# It ends within seconds, and making its tens of thousands of classes costs a fifth more with collections in between.
gc.disable()

_FAILED_RULE = "E0002"

Answer = list[dict[str, Any]] | str


def _lint(runner: Any, located: Callable[[Any], Any], template: dict[str, Any]) -> Answer:
    answer = _try(runner, located, template)
    failed = isinstance(answer, str) or any(match["rule"] == _FAILED_RULE for match in answer)
    # Should it have failed for want of what was put off, it does not fail again.
    return _try(runner, located, template) if failed and cfn_lint_sympy.complete() else answer


def _try(runner: Any, located: Callable[[Any], Any], template: dict[str, Any]) -> Answer:
    try:
        matches = list(runner.validate_template(located(template)))
    except Exception as error:
        # Whatever it trips over in one template, the others are still judged.
        return f"{type(error).__name__}: {error}"
    return [
        {
            "rule": match.rule.id,
            "message": match.message,
            "severity": match.rule.severity,
            "path": [part if isinstance(part, int) else str(part) for part in getattr(match, "path", None) or []],
            "title": match.rule.shortdesc,
            "why": match.rule.description,
        }
        for match in matches
    ]


def _for_region(runner: Any, config: Any) -> Any:
    """Have a runner judge for a region; its rules are the same for all, unless a user's file changes the schemas."""
    if config.override_spec:
        return type(runner)(config)
    runner.config = config
    return runner


def main() -> None:
    """Judge the templates from standard input."""
    cfn_lint_sympy.put_off()
    from cfnlint.config import ConfigMixIn
    from cfnlint.decode import convert_dict
    from cfnlint.runner import Runner

    runner = Runner(ConfigMixIn([]))
    # Read after importing: the templates come when our own rules are done.
    request = json.load(sys.stdin)
    runner = _for_region(runner, ConfigMixIn([], regions=[request["region"]]))
    if any(cfn_lint_sympy.is_needed_for(template) for template in request["templates"]):
        cfn_lint_sympy.complete()
    # What was imported is shared by the processes, and none shall look for garbage in it: at the end, that takes a
    # tenth again.
    gc.freeze()
    answers = in_children(
        lambda template: _lint(runner, convert_dict, template),
        request["templates"],
        size=lambda template: len(json.dumps(template)),
    )
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
