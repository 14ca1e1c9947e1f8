"""The Python that compiles for a target."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from cumulo.synth.assets.target import running_python


@dataclass(frozen=True)
class Interpreter:
    """A Python that compiles for a target.

    Parameters
    ----------
    executable
        Its path.
    version
        Its full version, and with it the form of its bytecode.
    """

    executable: str
    version: str

    @property
    def tag(self) -> str:
        """The tag in the names of its bytecode files: ``"cpython-311"``."""
        return "cpython-" + "".join(self.version.split(".")[:2])


def find_interpreter(python: str) -> Interpreter | None:
    """Find an interpreter of a minor version: the running one, or one that is installed; nothing is downloaded.

    Parameters
    ----------
    python
        Minor version: ``"3.12"``.

    Returns
    -------
    Interpreter or None
        ``None`` when there is none: assets then hold sources only, which Lambda compiles at every cold start.
    """
    if python == running_python() and sys.implementation.name == "cpython":
        return Interpreter(sys.executable, platform.python_version())
    from uv import find_uv_bin

    command = [find_uv_bin(), "python", "find", python, "--no-python-downloads", "--offline", "--system"]
    executable = _output([*command, "--no-project"])
    version = _output([executable, "-V"]).removeprefix("Python ") if executable else ""
    return Interpreter(executable, version) if version.startswith(f"{python}.") else None


def pyc_name(name: str, interpreter: Interpreter) -> str:
    """Return where Python looks for the bytecode of a source.

    Examples
    --------
    >>> pyc_name("a/b.py", Interpreter("python", "3.11.7"))
    'a/__pycache__/b.cpython-311.pyc'
    """
    folder, slash, file = name.rpartition("/")
    return f"{folder}{slash}__pycache__/{file.removesuffix('.py')}.{interpreter.tag}.pyc"


def _output(command: Sequence[str]) -> str:
    import subprocess

    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, text=True)
    return done.stdout.strip()
