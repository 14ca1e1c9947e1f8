"""How much memory a process uses."""

import os

from cumulo.local.functions.memory import exceeds, peak_memory


def test_memory_of_a_process():
    assert peak_memory(os.getpid()) > 10
    assert exceeds(os.getpid(), 1)
    assert not exceeds(os.getpid(), 1_000_000)


def test_a_process_that_has_ended():
    assert peak_memory(2**22 + 1) == 0
    assert not exceeds(2**22 + 1, 0)
