"""What is fitted to a service of the emulator once it is loaded: services that nobody uses are never imported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any


def hide_cryptography() -> None:
    """Have the emulator's modules be imported without ``cryptography``, which takes longer than all of them.

    They go on without it. What needs it says so by :func:`show_cryptography`.
    """
    sys.modules["cryptography"] = None  # type: ignore[assignment]


def show_cryptography() -> None:
    """Let ``cryptography`` be imported from now on."""
    if sys.modules.get("cryptography", ...) is None:
        del sys.modules["cryptography"]


def attach(ministack: Any, installers: Mapping[str, Callable[[Any], None]]) -> None:
    """Call an installer with its service's module when the emulator uses that for the first time."""
    waiting = dict(installers)
    load = ministack._get_module

    def load_and_install(name: str) -> Any:
        module = load(name)
        install = waiting.pop(name, None)
        if install is not None:
            install(module)
        return module

    ministack._get_module = load_and_install
