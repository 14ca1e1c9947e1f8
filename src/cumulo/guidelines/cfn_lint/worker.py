"""Runs cfn-lint in a process of its own: importing it takes longer than all our rules.

Reads one line ``{"region": …, "templates": [...]}`` from standard input, writes for each template a list of what was
found, or a text that says why it could not be judged.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import redirect_stdout
from itertools import count
from typing import Any

from cumulo.guidelines.cfn_lint import speed, sympy_import
from cumulo.guidelines.cfn_lint.shares import Answer, Share, confined, divide, unite
from cumulo.guidelines.forking import in_children, processors

# It ends within seconds, and making its tens of thousands of classes costs a fifth more with collections in between.
gc.disable()

_FAILED_RULE = "E0002"


def _lint(runner: Any, share: Share) -> Answer:
    answer = _try(runner, share)
    failed = isinstance(answer, str) or any(match["rule"] == _FAILED_RULE for match in answer)
    # Should it have failed for want of what was put off, it does not fail again.
    return _try(runner, share) if failed and sympy_import.complete() else answer


def _try(runner: Any, share: Share) -> Answer:
    try:
        with confined(runner.rules, share):
            matches = list(runner.validate_template(_placed(share.template, count())))
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


def _placed(value: Any, lines: Iterator[int]) -> Any:
    """Give each key a line of its own: of findings that say the same of one line, cfn-lint keeps one."""
    from cfnlint.decode.mark import Mark
    from cfnlint.decode.node import dict_node, list_node, str_node

    mark = Mark(next(lines), 0)
    if isinstance(value, dict):
        keys = {key: Mark(next(lines), 0) for key in value}
        placed = {str_node(key, line, line): _placed(value[key], lines) for key, line in keys.items()}
        return dict_node(placed, mark, mark)
    if isinstance(value, list):
        return list_node([_placed(each, lines) for each in value], mark, mark)
    return value


def _judged() -> list[Answer]:
    """Judge the templates from standard input."""
    sympy_import.put_off()
    from cfnlint.config import ConfigMixIn
    from cfnlint.runner import Runner

    is_known = speed.hasten()
    config = ConfigMixIn([])
    # Its rules are the same for all regions, unless a user's file changes the schemas of one: that, it does but once.
    runner = None if config.override_spec else Runner(config)
    # Read after importing: the templates come when our own rules are done.
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    config = ConfigMixIn([], regions=[request["region"]])
    runner = runner or Runner(config)
    runner.config = config
    if is_known:
        speed.hasten_rules(runner.rules)
    if any(sympy_import.is_needed_for(template) for template in request["templates"]):
        sympy_import.complete()
    # What was imported is shared by the processes, and none shall look for garbage in it: at the end, that takes a
    # tenth again.
    gc.freeze()
    # Rules of the user's own may compare resources of all types.
    divisible = is_known and len(config.append_rules) == 1
    shares = divide(request["templates"], processors() if divisible else 1)
    answers = in_children(lambda share: _lint(runner, share), shares, size=lambda share: share.size)
    return unite(shares, answers)


def _end_with_parent() -> None:
    """End this process as soon as nobody waits for its answer: the other end of its standard input is closed then."""
    sys.stdin.buffer.read(1)
    os._exit(1)


def main() -> None:
    """Judge, and write the answers; what cfn-lint says meanwhile is for people."""
    with redirect_stdout(sys.stderr):
        answers = _judged()
    json.dump(answers, sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # the thread that reads would hold up the end


if __name__ == "__main__":
    main()
