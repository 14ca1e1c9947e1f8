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

# It ends within seconds, and making its tens of thousands of classes costs a fifth more with collections in between.
gc.disable()


def _lint(runner: Any, located: Callable[[Any], Any], template: dict[str, Any]) -> list[dict[str, Any]] | str:
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


def main() -> None:
    """Judge the templates from standard input."""
    from cfnlint.config import ConfigMixIn
    from cfnlint.decode import convert_dict
    from cfnlint.runner import Runner

    # Read after importing: the templates come when our own rules are done.
    request = json.load(sys.stdin)
    runner = Runner(ConfigMixIn([], regions=[request["region"]]))
    json.dump([_lint(runner, convert_dict, template) for template in request["templates"]], sys.stdout)
    # Nor shall the last look for garbage go through what ends now: it takes a tenth again.
    gc.freeze()


if __name__ == "__main__":
    main()
