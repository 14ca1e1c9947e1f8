"""What is to be built, what was built, and what lies between: plain data."""

from __future__ import annotations

from dataclasses import dataclass

from cumulo.synth.assets.interpreter import Interpreter
from cumulo.synth.assets.package import Package
from cumulo.synth.assets.target import Target
from cumulo.synth.assets.trace import Trace

BUILT = 315532800  # 1980-01-01: an asset with another modification time was touched by someone else


@dataclass(frozen=True)
class Code:
    """The code of one function, as it is declared.

    Parameters
    ----------
    handler
        ``package.module.function``, relative to the project.
    target
        What it is built for.
    bundle_boto3
        Whether the AWS SDK goes into the asset, instead of being that of Lambda's runtime.
    include
        Names of distributions that are loaded without being imported by name: a database driver, a plugin.
    """

    handler: str
    target: Target
    bundle_boto3: bool = False
    include: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asset:
    """A built code asset.

    Parameters
    ----------
    name
        Its file name: ``"<sha256>.zip"``.
    size
        Its size in bytes.
    unpacked
        The size of its files in bytes.
    packages
        Name and version of the third-party packages in it.
    modules
        Names of the first-party modules in it.
    """

    name: str
    size: int
    unpacked: int
    packages: tuple[tuple[str, str], ...]
    modules: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A function's code with all that decides its asset.

    Parameters
    ----------
    code
        The code.
    trace
        Its first-party files.
    packages
        Its third-party packages.
    interpreter
        What compiles it.
    key
        The fingerprint of all these: equal keys give equal assets.
    """

    code: Code
    trace: Trace
    packages: tuple[Package, ...]
    interpreter: Interpreter | None
    key: str
