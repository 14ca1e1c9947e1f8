"""Which files of a package go into an asset, and for which platform."""

import pytest

from cumulo.synth.assets.packages import is_kept
from cumulo.synth.assets.target import Target, host_target


@pytest.mark.parametrize(
    "name",
    [
        "pkg/module.py",
        "pkg/_core.cpython-311-aarch64-linux-gnu.so",
        "pkg/data.json",
        "pkg/testing/__init__.py",
        "single.py",
        "pkg-1.0.dist-info/METADATA",
        "pkg-1.0.dist-info/entry_points.txt",
        "pkg.libs/libx.so.1",
    ],
)
def test_what_runs_is_kept(name):
    assert is_kept(name)


@pytest.mark.parametrize(
    "name",
    [
        "pkg/tests/test_module.py",
        "pkg/sub/tests/data.json",
        "pkg/__pycache__/module.cpython-311.pyc",
        "pkg/module.pyi",
        "pkg/py.typed",
        "pkg/fast.pyx",
        "pkg/include/x.h",
        "bin/pkg",
        "pkg-1.0.dist-info/RECORD",
        "pkg-1.0.dist-info/licenses/LICENSE",
        "_pkg.pth",
        "../../bin/pkg",
        "pkg/../../../etc/passwd",
        "/etc/passwd",
    ],
)
def test_what_never_runs_or_leads_elsewhere_is_stripped(name):
    assert not is_kept(name)


def test_wheels_are_for_the_glibc_of_lambdas_runtime():
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html: Amazon Linux 2 up to 3.11, then 2023."""
    assert Target("3.11", "arm64").platform == "aarch64-manylinux2014"
    assert Target("3.11", "x86_64").platform == "x86_64-manylinux2014"
    assert Target("3.13", "arm64").platform == "aarch64-manylinux_2_34"


def test_this_machine_needs_no_platform():
    assert host_target().platform is None
    assert host_target().identity != Target(host_target().python, host_target().architecture).identity
