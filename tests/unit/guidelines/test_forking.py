"""Work in children: parallel, in order, and one that dies takes no other along."""

import atexit
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from cumulo.guidelines import forking
from cumulo.guidelines.forking import EndedError, beside, in_children


@pytest.mark.parametrize("at_once", [None, 1, 2, 3])
def test_results_come_in_the_order_of_the_tasks(at_once):
    tasks = [f"{n}" * (n * 40_000) for n in range(7)]  # more than a pipe takes
    assert in_children(lambda task: [len(task), task[:1]], tasks, size=len, at_once=at_once) == [
        [n * 40_000, f"{n}" if n else ""] for n in range(7)
    ]


def test_the_largest_begin_first_and_as_many_as_are_allowed_run_at_once(tmp_path):
    def work(size: int) -> list[int]:
        began = time.monotonic_ns()
        (tmp_path / f"{size}").touch()
        if size > 2:
            _until(lambda: (tmp_path / "met").exists() or len(list(tmp_path.iterdir())) == 2)
            (tmp_path / "met").touch()
        running = len([file for file in tmp_path.iterdir() if file.name != "met"])
        (tmp_path / f"{size}").unlink()
        return [began, running]

    results = in_children(work, [1, 4, 3, 2], size=int, at_once=2)
    (one, _), (four, _), (three, _), (two, _) = results
    assert max(four, three) < min(one, two)
    assert all(running <= 2 for _, running in results)


@pytest.mark.parametrize(
    ("die", "text"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "the process that judged it ended with SIGKILL"),
        (lambda: os._exit(7), "the process that judged it ended with code 7"),
    ],
)
def test_a_child_that_dies_is_one_tasks_result(die, text):
    def work(task: str) -> str:
        if task == "bad":
            die()
        return task

    assert in_children(work, ["a", "bad", "b"], size=len, at_once=2) == ["a", text, "b"]


def test_an_exception_in_a_child_is_one_tasks_result_and_stays_there(capfd):
    results = in_children(lambda task: 1 // task, [1, 0], size=int, at_once=2)
    assert results == [1, "the process that judged it ended with code 1"]


def test_no_file_descriptor_and_no_child_is_left():
    process = psutil.Process()
    before = process.num_fds(), process.children()
    in_children(str, [1, 2, 3], size=int, at_once=2)
    assert (process.num_fds(), process.children()) == before


def test_children_end_with_a_parent_that_is_killed(tmp_path):
    code = (
        "import os, sys, time; from pathlib import Path; from cumulo.guidelines.forking import in_children\n"
        "def work(task):\n"
        "    Path(sys.argv[1], str(os.getpid())).touch()\n"
        "    time.sleep(60)\n"
        "in_children(work, [1, 2], size=int, at_once=2)"
    )
    parent = subprocess.Popen([sys.executable, "-P", "-c", code, str(tmp_path)])
    try:
        _until(lambda: len(list(tmp_path.iterdir())) == 2)
    finally:
        parent.kill()
        parent.wait()
    _until(lambda: not any(Path("/proc", child.name, "exe").exists() for child in tmp_path.iterdir()))


def _until(true) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking, "processors", lambda: 2)


def test_work_beside_is_done_while_this_process_does_other(two_processors, tmp_path):
    def work() -> str:
        _until((tmp_path / "other").exists)
        return "x" * 200_000  # more than a pipe takes

    with beside(work) as answer:
        (tmp_path / "other").touch()
        assert answer() == "x" * 200_000
        assert answer() == "x" * 200_000


@pytest.mark.parametrize("fail", [lambda: 1 // 0, lambda: sys.exit("no")])
def test_work_beside_that_fails_has_no_result_and_says_nothing(two_processors, capfd, fail):
    with beside(fail) as answer:
        assert answer() is None
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("end", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: os._exit(0)])
def test_work_beside_that_ends_its_process_is_told(two_processors, end):
    with beside(end) as answer, pytest.raises(EndedError):
        answer()


def test_a_process_that_work_beside_leaves_behind_holds_nothing_up(two_processors, tmp_path):
    def work() -> int:
        left = os.fork()
        if not left:
            time.sleep(30)
            os._exit(0)
        return left

    with beside(work) as answer:
        began = time.monotonic()
        left = answer()
        assert time.monotonic() - began < 20
    os.kill(left, signal.SIGKILL)


def test_work_beside_ends_as_a_program_does(two_processors, tmp_path):
    def work() -> str:
        atexit.register((tmp_path / "tidy").touch)
        return "done"

    with beside(work) as answer:
        assert answer() == "done"
    assert (tmp_path / "tidy").exists()


def test_work_beside_ends_with_its_context(two_processors, tmp_path):
    def work() -> None:
        (tmp_path / "pid").write_text(str(os.getpid()))
        time.sleep(60)

    with beside(work):
        _until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_with_one_processor_nothing_is_done_beside(monkeypatch):
    monkeypatch.setattr(forking, "processors", lambda: 1)
    with beside(lambda: 1) as answer:
        assert answer() is None
