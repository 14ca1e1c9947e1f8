"""What Lambda's Python brings along, and so stays out of assets by default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from packaging.specifiers import SpecifierSet

# https://docs.aws.amazon.com/lambda/latest/dg/python-package.html: "The Lambda Python runtimes include the AWS SDK
# for Python (Boto3) and its dependencies"
SDK = frozenset({"boto3", "botocore", "s3transfer"})

# The SDK's own dependencies, with versions between which those of Lambda's runtimes lie.
SHARED: Mapping[str, tuple[str, ...]] = {
    "jmespath": ("1.0.1",),
    "python-dateutil": ("2.8.2", "2.9.0"),
    "six": ("1.16.0",),
    "urllib3": ("1.26.19", "2.0.7"),
}

# The runtime itself and its hooks for SnapStart: never part of an asset.
RUNTIME_ONLY = frozenset({"awslambdaric", "snapshot-restore-py"})

# The modules of all these, which need not even be installed where Cumulo runs.
RUNTIME_MODULES = frozenset(
    {"awslambdaric", "boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "snapshot_restore_py", "urllib3"}
)


def in_runtime(name: str, specifiers: Iterable[SpecifierSet]) -> bool:
    """Whether Lambda's Python has a distribution, in a version that all requirements on it accept.

    Parameters
    ----------
    name
        Its normalized name.
    specifiers
        The versions that are asked for.

    Examples
    --------
    >>> in_runtime("urllib3", [SpecifierSet(">=1.26,<3")])
    True
    >>> in_runtime("urllib3", [SpecifierSet(">=2.7")])
    False
    """
    if name in SDK or name in RUNTIME_ONLY:
        return True
    return name in SHARED and all(specifier.contains(version) for specifier in specifiers for version in SHARED[name])
