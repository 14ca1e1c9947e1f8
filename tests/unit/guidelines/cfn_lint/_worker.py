"""Asking cfn-lint's process as `linting` does."""

import json
import os
import subprocess
import sys
from typing import Any


def answers(code: str, templates: list[dict[str, Any]]) -> list[Any]:
    """Return what a process that runs the code says of templates; its standard input stays open meanwhile."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-P", "-c", code],
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    ) as process:
        requests, process.stdin = process.stdin, None
        assert requests is not None
        with requests:
            requests.write(json.dumps({"region": "eu-central-1", "templates": templates}) + "\n")
            requests.flush()
            out, err = process.communicate(timeout=240)
    assert not err
    return json.loads(out)
