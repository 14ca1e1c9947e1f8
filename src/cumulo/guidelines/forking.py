"""Doing several pieces of work at once, each in a child of this process: one that dies takes no other along."""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from selectors import EVENT_READ, DefaultSelector
from typing import Any, NoReturn, TypeVar

_MOST = 4  # processes: each may need memory of its own
_READ_SIZE = 1 << 16
_Task = TypeVar("_Task")


def in_children(
    work: Callable[[_Task], Any], tasks: Sequence[_Task], *, size: Callable[[_Task], int], at_once: int | None = None
) -> list[Any]:
    """Return what work makes of each task, in their order.

    Parameters
    ----------
    work
        Returns what JSON can say. It runs in a process that was forked from this one, so it sees what is imported
        here; with one task, or one processor, it runs here.
    tasks
        What is to be done.
    size
        How much work a task is, roughly: the largest come first.
    at_once
        The most children at a time; by default as many as there are processors, four at most.

    Returns
    -------
    list
        The results. For a task whose process died, a text that says so.

    Examples
    --------
    >>> in_children(len, ["a", "bcd"], size=len)
    [1, 3]
    """
    at_once = processors() if at_once is None else at_once
    if len(tasks) == 1 or at_once == 1:
        return [work(task) for task in tasks]
    waiting = sorted(range(len(tasks)), key=lambda index: size(tasks[index]))
    said: dict[int, bytearray] = {}
    results: dict[int, Any] = {}
    alive, life = os.pipe()  # which ends with this process, however that ends, and tells the children
    with DefaultSelector() as selector:
        while waiting or said:
            while waiting and len(said) < at_once:
                index = waiting.pop()
                pid, output = _fork(work, tasks[index], alive, (life, *_files(selector)))
                selector.register(output, EVENT_READ, (index, pid))
                said[index] = bytearray()
            for key, _ in selector.select():
                index, pid = key.data
                if data := os.read(key.fd, _READ_SIZE):
                    said[index] += data
                    continue
                selector.unregister(key.fd)
                os.close(key.fd)
                results[index] = _result(bytes(said.pop(index)), os.waitpid(pid, 0)[1])
    os.close(alive)
    os.close(life)
    return [results[index] for index in range(len(tasks))]


class EndedError(Exception):
    """The process ended without an answer: killed, or by a call of its own."""


@contextmanager
def beside(work: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """Have a child do some work while this process does other.

    Parameters
    ----------
    work
        Returns what JSON can say, and not ``None``. It may be anybody's code: the child ends as a program of its own.

    Yields
    ------
    Callable
        Waits for the child's answer and returns it: ``None`` when the work raised something, or nothing was to be
        gained by a child. It raises `EndedError` when the child ended without. A child that nobody has asked ends with
        the context.

    Examples
    --------
    >>> with beside(lambda: 6 * 7) as answer:
    ...     answer() in (42, None)
    True
    """
    if processors() == 1 or not hasattr(os, "fork"):
        yield lambda: None
        return
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()  # or the child would say it again
    alive, life = os.pipe()
    output, ours = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(life)
        os.close(output)
        _work_apart(work, ours, alive)
    os.close(ours)
    os.close(alive)
    said: list[bytes] = []

    def answer() -> Any:
        if not said:
            with open(output, "rb", closefd=False) as stream:
                said.append(stream.read())
        if not said[0]:
            raise EndedError
        return json.loads(said[0])

    try:
        yield answer
    finally:
        if not said:
            os.close(life)  # which ends it
        os.waitpid(pid, 0)
        if said:
            os.close(life)
        os.close(output)


def _work_apart(work: Callable[[], Any], ours: int, alive: int) -> NoReturn:
    """Do the work in a child, say what came of it, and end as the end of a program would."""
    try:
        atexit._clear()  # what is registered already is the parent's to do
        # A process that the work starts and leaves behind would hold up who waits for the answer.
        os.register_at_fork(after_in_child=lambda: os.close(ours))
        threading.Thread(target=_end_with, args=(alive,), daemon=True).start()
        child = os.getpid()
        try:
            said = json.dumps(work())
        except BaseException:
            # An exit, too, is told better by who does the work again.
            said = "null"
        if os.getpid() == child:
            with open(ours, "wb") as stream:
                stream.write(said.encode())
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
            for stream in filter(None, (sys.stdout, sys.stderr)):
                stream.flush()
    finally:
        os._exit(0)


def processors() -> int:
    """Return how many children are at work at a time: as many as there are processors to use, four at most."""
    have = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(_MOST, have)


def _fork(work: Callable[[_Task], Any], task: _Task, alive: int, others: Iterable[int]) -> tuple[int, int]:
    """Start a child; return its process id and the file descriptor that it writes its result to."""
    output, ours = os.pipe()
    pid = os.fork()
    if pid:
        os.close(ours)
        return pid, output
    try:
        for fd in (output, *others):
            os.close(fd)
        threading.Thread(target=_end_with, args=(alive,), daemon=True).start()
        with open(ours, "wb") as stream:  # noqa: PTH123 - a file descriptor
            stream.write(json.dumps(work(task)).encode())
        os._exit(0)
    finally:
        # Nor may an exception pass on what is the parent's to do.
        os._exit(1)


def _end_with(alive: int) -> None:
    """End this process as soon as its parent has ended."""
    os.read(alive, 1)
    os._exit(1)


def _result(said: bytes, status: int) -> Any:
    if status == 0:
        return json.loads(said)
    how = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else f"code {os.WEXITSTATUS(status)}"
    return f"the process that judged it ended with {how}"


def _files(selector: DefaultSelector) -> list[int]:
    return [key.fd for key in selector.get_map().values()]
