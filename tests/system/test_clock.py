"""`cumulo clock` on a running `cumulo dev`."""

import json
import re
import time

from tests.system.conftest import Dev, cumulo

DAY = 86_400


def test_the_clock_is_moved_shown_and_kept(dev: Dev) -> None:
    refused = cumulo("clock", cwd=dev.project)
    assert refused.returncode == 1
    assert "does not run on this machine" in refused.stderr
    assert "hint: start it with `cumulo dev --stage dev`" in refused.stderr
    dev.start()
    assert "not moved" in cumulo("clock", cwd=dev.project).stdout
    with dev.client() as client:
        client.post("/notes/1", json={"text": "milk"})
        moved = cumulo("clock", "advance", "30d", cwd=dev.project)
        assert moved.returncode == 0, moved.stderr
        assert "30 days, 0:00:00 ahead of real time" in moved.stderr
        assert client.get("/notes/1").json()["text"] == "milk"
    for wrong in (["advance", "-5d"], ["advance", "soon"], ["advance"], ["advance", "--to", "2020-01-01T00:00Z"]):
        refused = cumulo("clock", *wrong, cwd=dev.project)
        assert refused.returncode in (1, 2), wrong
        assert "hint: " in refused.stderr
        assert "Traceback" not in refused.stderr
    dev.end()
    dev.start()
    with dev.client() as client:
        assert client.get("/notes/1").json()["text"] == "milk"
    told = json.loads(cumulo("clock", "--json", cwd=dev.project).stdout)
    assert abs(told["now"] - time.time() - 30 * DAY) < 60
    dev.end()
    dev.start("--fresh")
    assert json.loads(cumulo("clock", "--json", cwd=dev.project).stdout)["offset"] == 0


def test_log_lines_are_stamped_with_the_moved_time(dev: Dev) -> None:
    dev.start()
    cumulo("clock", "advance", "--to", "2040-12-24T09:00Z", cwd=dev.project)
    with dev.client() as client:
        for _ in range(3):
            client.post("/notes/1", content=b"{broken")
    lines = cumulo("logs", "--json", "--since", "10m", cwd=dev.project).stdout.splitlines()
    stamps = [json.loads(line)["time"] for line in lines]
    assert stamps
    assert stamps == sorted(stamps)
    assert all(re.match(r"2040-12-2[345]T", stamp) for stamp in stamps)
