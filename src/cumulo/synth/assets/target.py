"""What a code asset is built for: Lambda's Python on Lambda's processor, or this machine."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass

MACHINES: Mapping[str, str] = {"arm64": "aarch64", "x86_64": "x86_64"}


@dataclass(frozen=True, order=True)
class Target:
    """The runtime that a function's code is built for.

    Parameters
    ----------
    python
        Minor version of the function's Python: ``"3.11"``.
    architecture
        Its processor, as CloudFormation's ``Architectures`` names it: ``"arm64"`` or ``"x86_64"``.
    host
        Build for this machine instead of Lambda: for a deployment to an emulator.

    Examples
    --------
    >>> Target("3.11", "arm64").platform
    'aarch64-manylinux2014'
    """

    python: str
    architecture: str
    host: bool = False

    @property
    def platform(self) -> str | None:
        """Uv's name of the platform, ``None`` for this machine.

        Lambda's Python up to 3.11 runs on Amazon Linux 2 (glibc 2.26), later ones on Amazon Linux 2023
        (glibc 2.34): https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
        """
        if self.host:
            return None
        libc = "manylinux_2_34" if self.minor >= 12 else "manylinux2014"
        return f"{MACHINES[self.architecture]}-{libc}"

    @property
    def identity(self) -> tuple[str, str]:
        """What tells two targets apart in a cache, also one that is shared by machines."""
        here = f"{platform.system()}-{platform.machine()}-{'-'.join(platform.libc_ver())}"
        return self.python, self.platform or here

    @property
    def minor(self) -> int:
        """The second number of the Python version."""
        return int(self.python.partition(".")[2])

    @property
    def markers(self) -> Mapping[str, str]:
        """The environment in which a dependency's markers are evaluated (PEP 508)."""
        if self.host:
            from packaging.markers import default_environment

            return {key: str(value) for key, value in default_environment().items()}
        full = platform.python_version() if self.python == running_python() else f"{self.python}.0"
        return {
            "implementation_name": "cpython",
            "implementation_version": full,
            "os_name": "posix",
            "platform_machine": MACHINES[self.architecture],
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": full,
            "python_version": self.python,
            "sys_platform": "linux",
        }

    def __str__(self) -> str:
        return f"python{self.python} on {'this machine' if self.host else self.architecture}"


def running_python() -> str:
    """Return the minor version of the interpreter that runs Cumulo: ``"3.11"``."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def host_target() -> Target:
    """Return the target for functions that run on this machine, on this interpreter.

    Examples
    --------
    >>> host_target().platform is None
    True
    """
    architecture = "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"
    return Target(running_python(), architecture, host=True)
