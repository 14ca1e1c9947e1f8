"""``cumulo logs`` on a journal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cumulo.cli.logs import command, since_time
from cumulo.errors import CumuloError, UsageError
from cumulo.local import clock_file
from cumulo.local.journal import Entry, Journal


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.cumulo]\n")
    now = time.time()
    journal = Journal(tmp_path / ".cumulo/local/dev/journal.sqlite")
    for entry in (
        Entry(now - 7_200, "log", "items-dev-create", "two hours old", "r-0"),
        Entry(now - 5, "request", "items-dev-api", "GET / 200", "q-1"),
        Entry(now - 5, "log", "items-dev-api", '{"path": "/", "status": "200"}', "q-1"),
        Entry(now - 4, "log", "items-dev-create", '{"level": "INFO", "message": "created", "sku": 7}', "r-1"),
        Entry(now - 3, "invocation", "items-dev-create", "ok", "r-1", data={"status": "ok"}),
        Entry(now - 2, "log", "items-dev-list", "slow", "r-2", "WARNING"),
        Entry(now - 1, "invocation", "items-dev-list", "Task timed out", "r-2", "ERROR", {"status": "timeout"}),
    ):
        journal.append(entry)
    journal.close()
    return tmp_path


def run(project: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["--project", str(project), *arguments])


def lines(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [line.split(" ", 1)[1] for line in result.stdout.splitlines()]


def test_lines_of_several_functions_come_in_the_order_of_their_times(project: Path) -> None:
    now = time.time()
    journal = Journal(project / ".cumulo/local/dev/journal.sqlite")
    for seconds, function in ((0.3, "list"), (0.1, "create"), (0.2, "list"), (0.4, "create")):
        journal.append(Entry(now + seconds, "log", f"items-dev-{function}", f"at {seconds}", "r"))
    journal.close()
    assert lines(run(project))[-4:] == ["create at 0.1", "list at 0.2", "list at 0.3", "create at 0.4"]


def test_lines_are_stamped_with_the_moved_time_and_looked_for_by_it(project: Path) -> None:
    month = 30 * 86_400.0
    now = time.time() + month
    write, close = clock_file.writer(project / ".cumulo/local/dev")
    write(month)
    close()
    journal = Journal(project / ".cumulo/local/dev/journal.sqlite")
    journal.append(Entry(now - 3_600, "log", "items-dev-create", "an hour ago", "r"))
    journal.append(Entry(now - 60, "log", "items-dev-create", "a minute ago", "r"))
    journal.close()
    shown = run(project).stdout
    assert shown == f"{datetime.fromtimestamp(now - 60).isoformat(timespec='milliseconds')} create a minute ago\n"
    assert len(lines(run(project, "--since", "2h"))) == 2


def test_lines_and_bad_ends_without_requests(project: Path) -> None:
    assert lines(run(project)) == ["create created sku=7", "list WARNING slow", "list ERROR Task timed out"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["create"], ["create created sku=7"]),
        (["api"], ['api {"path": "/", "status": "200"}']),
        (["api", "create"], ['api {"path": "/", "status": "200"}', "create created sku=7"]),
        (["items-dev-list"], ["list WARNING slow", "list ERROR Task timed out"]),
        (["--level", "error"], ["list ERROR Task timed out"]),
        (["--request-id", "r-1"], ["create created sku=7"]),
        (["--filter", "slow"], ["list WARNING slow"]),
        (["--since", "3h", "--filter", "old"], ["create two hours old"]),
    ],
)
def test_selections(project: Path, arguments: list[str], expected: list[str]) -> None:
    assert lines(run(project, *arguments)) == expected


def test_json_lines(project: Path) -> None:
    first = json.loads(run(project, "--json").stdout.splitlines()[0])
    assert (first["function"], first["requestId"], first["fields"]["sku"]) == ("items-dev-create", "r-1", 7)


def test_nothing_found_is_said_on_stderr(project: Path) -> None:
    result = run(project, "--filter", "nowhere")
    assert result.stdout == ""
    assert "no lines since" in result.stderr


def test_an_unknown_function_is_told_as_by_invoke(project: Path) -> None:
    error = run(project, "nope").exception
    assert isinstance(error, CumuloError)
    assert not isinstance(error, UsageError)
    assert str(error) == "there is no function 'nope'\nhint: there are: create, list, api"


def test_a_stage_that_has_not_run_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.cumulo]\n")
    error = run(tmp_path).exception
    assert isinstance(error, CumuloError)
    assert "cumulo dev" in str(error.hint)


@pytest.mark.parametrize("text", ["yesterday", "10", "-5m", "5 weeks", "2026-13-01", ""])
def test_a_wrong_since_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        since_time(text, 0.0)
    assert "10m" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 999_970), ("10m", 999_400), ("1d", 913_600), ("1970-01-02T00:00+00:00", 86_400)]
)
def test_since(text: str, seconds: float) -> None:
    assert since_time(text, 1_000_000) == seconds


def test_a_reader_that_has_had_enough_is_no_error(project: Path) -> None:
    """As in `cumulo logs | head`."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "wb") as closed:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "cumulo", "logs", "--project", str(project)], stdout=closed, stderr=subprocess.PIPE
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_following_in_another_process_until_ctrl_c(project: Path) -> None:
    code = "import sys; from cumulo.cli.main import main; sys.argv[0] = 'cumulo'; main()"
    arguments = [sys.executable, "-c", code, "logs", "-f", "--project", str(project)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert "created" in process.stdout.readline()
        journal = Journal(project / ".cumulo/local/dev/journal.sqlite")
        journal.append(Entry(time.time(), "log", "items-dev-create", "fresh"))
        while "fresh" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=20)
        journal.close()
    assert (process.returncode, talk.strip()) == (130, "")
