"""Code assets, built with uv from wheels of the tests' own and from the real kit of functions."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import boto3
import pytest

from cumulo.errors import CumuloError
from cumulo.synth.assets.build import build
from cumulo.synth.assets.plan import Asset, Code
from cumulo.synth.assets.target import Target, host_target, running_python

ARM = Target(running_python(), "arm64")
HOST = host_target()
KIT = """
from importlib.metadata import version
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pydantic import BaseModel
import cumulo.runtime
import boto3

class Item(BaseModel):
    name: str

app = APIGatewayHttpResolver(enable_validation=True)

def handle(event, context):
    return {"name": Item(**event).name, "pydantic": version("pydantic")}
"""
ISOLATED = """
import json, sys
sys.path[:] = [sys.argv[1], *json.loads(sys.argv[2])]
from functions.kit import handle
import cumulo, pydantic
print(json.dumps([handle({"name": "x"}, None), cumulo.__file__, pydantic.__file__, "troposphere" in sys.modules]))
"""
BUILD = """
import sys
from pathlib import Path
from cumulo.synth.assets.build import build
from cumulo.synth.assets.plan import Code
from cumulo.synth.assets.target import Target
sys.path.append(sys.argv[1])
folder = Path(sys.argv[2])
code = Code("handler.handle", Target(sys.argv[3], "arm64"))
print(build(folder / "project", [code], cache=folder / "cache", out=folder / "out")[code].name)
"""


def wheel(folder: Path, name: str, files: dict[str, str], requires: str = "", tag: str = "py3-none-any") -> Path:
    """Write a wheel of version 1.0."""
    info = f"{name}-1.0.dist-info"
    requirement = f"Requires-Dist: {requires}\n" if requires else ""
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{requirement}",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    path = folder / f"{name}-1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in content.items():
            archive.writestr(each, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{each},,\n" for each in [*content, f"{info}/RECORD"]))
    return path


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that needs ``alpha`` and ``beta``, both installed, and an index of files that has them."""
    site, index = tmp_path / "site", tmp_path / "index"
    index.mkdir()
    wheels = [
        wheel(index, "alpha", {"alpha/__init__.py": "import beta", "alpha/tests/x.py": "", "alpha/a.pyi": ""}, "beta"),
        wheel(index, "beta", {"beta.py": "VALUE = {'x', 'y'}\n", "beta.txt": "data"}),
    ]
    for path in wheels:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(site)
    (tmp_path / "project/functions").mkdir(parents=True)
    (tmp_path / "project/handler.py").write_text("import alpha\nimport functions.common\ndef handle(e, c): ...\n")
    (tmp_path / "project/functions/common.py").write_text("")
    (tmp_path / "project/plain.py").write_text("import json\ndef handle(e, c): ...\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("UV_FIND_LINKS", str(index))
    monkeypatch.setenv("UV_OFFLINE", "1")
    return tmp_path


def built(world: Path, handler: str = "handler.handle", target: Target = ARM, **folders: Path) -> Asset:
    code = Code(handler, target)
    where = {"cache": world / "cache", "out": world / "out", **folders}
    return build(world / "project", [code], **where)[code]


def names(asset: Asset, world: Path) -> list[str]:
    with zipfile.ZipFile(world / "out" / asset.name) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_an_asset_holds_sources_bytecode_and_packages(world):
    asset = built(world)
    tag = f"cpython-{running_python().replace('.', '')}"
    assert sorted(names(asset, world)) == sorted(
        [
            "handler.py",
            f"__pycache__/handler.{tag}.pyc",
            "functions/common.py",
            f"functions/__pycache__/common.{tag}.pyc",
            "alpha/__init__.py",
            f"alpha/__pycache__/__init__.{tag}.pyc",
            "alpha-1.0.dist-info/METADATA",
            "beta.py",
            f"__pycache__/beta.{tag}.pyc",
            "beta.txt",
            "beta-1.0.dist-info/METADATA",
        ]
    )
    assert asset.packages == (("alpha", "1.0"), ("beta", "1.0"))
    assert asset.modules == ("functions", "functions.common", "handler")
    data = (world / "out" / asset.name).read_bytes()
    assert asset.name == f"{hashlib.sha256(data).hexdigest()}.zip"
    assert asset.size == len(data)


def test_a_function_without_packages_is_small(world):
    assert built(world, "plain.handle").size <= 20_000


def test_the_same_code_gives_the_same_bytes_anywhere(world, tmp_path_factory, monkeypatch):
    first = built(world)
    other = tmp_path_factory.mktemp("elsewhere") / "a longer name"
    shutil.copytree(world / "project", other / "project")
    for path in (other / "project").rglob("*.py"):
        os.utime(path, (1, 1))
    monkeypatch.setenv("PYTHONHASHSEED", "5")
    codes = [Code("plain.handle", ARM), Code("handler.handle", ARM)]
    again = build(other / "project", codes, cache=other / "cache", out=other / "out")
    assert again[codes[1]] == first


def test_an_unchanged_function_is_not_built_again(world, monkeypatch):
    asset = built(world)
    before = {path: path.stat().st_mtime_ns for path in world.rglob("*") if path.is_file()}
    monkeypatch.setenv("UV_FIND_LINKS", str(world / "gone"))
    said: list[str] = []
    code = Code("handler.handle", ARM)
    again = build(world / "project", [code], cache=world / "cache", out=world / "out", report=said.append)
    assert again[code] == asset
    assert said == []
    assert {path: path.stat().st_mtime_ns for path in world.rglob("*") if path.is_file()} == before


def test_a_change_of_source_data_or_version_makes_another_asset(world):
    seen = {built(world).name}
    (world / "project/functions/common.py").write_text("x = 1")
    seen.add(built(world).name)
    (world / "project/functions/table.json").write_text("{}")
    seen.add(built(world).name)
    seen.add(built(world, target=HOST).name)
    assert len(seen) == 3  # these packages are the same for every platform
    (world / "project/functions/table.json").unlink()
    (world / "project/functions/common.py").write_text("")
    assert built(world).name in seen


def test_a_package_installed_as_editable_is_first_party(world, monkeypatch):
    library = world / "library/src/company"
    library.mkdir(parents=True)
    (library / "__init__.py").write_text("import beta")
    (library / "used.py").write_text("")
    (library / "unused.py").write_text("")
    monkeypatch.syspath_prepend(str(library.parent))
    (world / "project/handler.py").write_text("import company.used\ndef handle(e, c): ...\n")
    asset = built(world)
    assert {name for name in names(asset, world) if name.startswith("company/") and name.endswith(".py")} == {
        "company/__init__.py",
        "company/used.py",
    }
    assert asset.packages == (("beta", "1.0"),)


def test_metadata_that_setuptools_left_in_the_project_does_not_hide_it(world, monkeypatch):
    (world / "project/shop.egg-info").mkdir()
    (world / "project/shop.egg-info/PKG-INFO").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1\n")
    monkeypatch.syspath_prepend(str(world / "project"))
    assert "functions/common.py" in names(built(world), world)


def test_a_change_elsewhere_makes_no_other_asset(world):
    asset = built(world)
    (world / "project/unused.py").write_text("x = 1")
    (world / "project/plain.py").write_text("def handle(e, c): return 2")
    assert built(world) == asset


def test_functions_of_equal_code_share_an_asset(world):
    (world / "project/handler.py").write_text("import alpha\ndef a(e, c): ...\ndef b(e, c): ...\n")
    assert built(world, "handler.a") == built(world, "handler.b")


@pytest.mark.parametrize("damage", [b"", b"PK", None])
def test_a_damaged_asset_is_made_again(world, damage):
    asset = built(world)
    path = world / "out" / asset.name
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"!" if damage is None else damage)
    assert built(world) == asset
    assert path.read_bytes() == good


def test_a_damaged_cache_is_made_again(world):
    asset = built(world)
    good = (world / "out" / asset.name).read_bytes()
    for path in (world / "cache").iterdir():
        path.write_bytes(path.read_bytes()[:-3] + b"???")
    shutil.rmtree(world / "out")
    assert built(world) == asset
    assert (world / "out" / asset.name).read_bytes() == good


def test_a_package_without_a_wheel_for_the_platform_is_named(world):
    windows = wheel(world / "index", "gamma", {"gamma.py": ""}, tag="py3-none-win_amd64")
    with zipfile.ZipFile(windows) as archive:
        archive.extractall(world / "site")
    (world / "project/handler.py").write_text("import gamma\ndef handle(e, c): ...\n")
    with pytest.raises(CumuloError, match=rf"the package gamma 1.0 has no wheel for {ARM.platform}") as raised:
        built(world)
    assert raised.value.hint


def test_an_installed_version_that_the_index_lacks_is_named(world):
    (world / "index/beta-1.0-py3-none-any.whl").unlink()
    with pytest.raises(CumuloError, match=r"beta|index cannot be reached"):
        built(world)


def test_an_index_that_cannot_be_reached_is_told(world, monkeypatch):
    for path in (world / "index").iterdir():
        path.unlink()
    monkeypatch.setenv("UV_CACHE_DIR", str(world / "uv"))
    monkeypatch.delenv("UV_OFFLINE")
    monkeypatch.setenv("UV_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(CumuloError, match="the package index cannot be reached"):
        built(world)


def test_an_asset_larger_than_lambda_takes_is_refused(world):
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 250 MB unzipped."""
    with (world / "project/functions/big.bin").open("wb") as file:
        file.truncate(251 * 1024 * 1024)
    with pytest.raises(CumuloError, match=r"251 MB unpacked, and Lambda takes 250 MB"):
        built(world)
    assert not list((world / "out").glob("*"))


def start(world: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", BUILD, str(world / "site"), str(world), running_python()]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def test_builds_at_the_same_time_agree(world):
    builds = [start(world) for _ in range(3)]
    answers = [process.communicate(timeout=60) for process in builds]
    assert [process.returncode for process in builds] == [0, 0, 0], answers
    assert {answer[0].strip() for answer in answers} == {built(world).name}


def test_a_build_that_is_killed_leaves_nothing_broken(world):
    expected = built(world, cache=world / "other", out=world / "other-out").name
    for delay in (0.1, 0.25, 0.4, 0.55, 0.7):
        process = start(world)
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        for path in (world / "out").glob("*.zip"):
            assert path.stem == hashlib.sha256(path.read_bytes()).hexdigest()
    assert built(world).name == expected


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[Target, Asset]]:
    """A function with Powertools, pydantic and Cumulo's runtime, built for Lambda and for this machine."""
    folder = tmp_path_factory.mktemp("kit")
    (folder / "functions").mkdir()
    (folder / "functions/kit.py").write_text(KIT)
    codes = [Code("functions.kit.handle", target) for target in (ARM, HOST)]
    assets = build(folder, codes, cache=folder / ".cumulo/cache", out=folder / ".cumulo/out")
    return folder / ".cumulo/out", {code.target: asset for code, asset in assets.items()}


def test_native_code_is_for_lambdas_processor(kit):
    out, assets = kit
    with zipfile.ZipFile(out / assets[ARM].name) as archive:
        libraries = [name for name in archive.namelist() if name.endswith(".so")]
        machines = {archive.read(name)[18] for name in libraries}  # e_machine of the ELF header
    assert libraries
    assert machines == {183}  # EM_AARCH64


def test_the_runtimes_sdk_and_what_never_runs_are_left_out(kit):
    out, assets = kit
    with zipfile.ZipFile(out / assets[ARM].name) as archive:
        found = archive.namelist()
    tops = {name.partition("/")[0] for name in found}
    assert tops.isdisjoint({"boto3", "botocore", "troposphere", "bin", "tests", "uv", "click"})
    assert not [name for name in found if name.endswith((".pyi", "RECORD", "py.typed")) or "/tests/" in name]
    sources = {name for name in found if name.endswith(".py")}
    assert len([name for name in found if name.endswith(".pyc")]) == len(sources)
    assert {name for name in sources if name.startswith("cumulo/") and "runtime" not in name} == {"cumulo/__init__.py"}


def test_the_function_runs_from_a_folder_that_is_only_readable_and_compiles_nothing(kit, tmp_path):
    out, assets = kit
    task = tmp_path / "task"
    with zipfile.ZipFile(out / assets[HOST].name) as archive:
        archive.extractall(task)
    for path in task.rglob("*.py"):  # if Python looked at a source, it would fail
        path.write_text("this is not python\n")
    for path in [*task.rglob("*"), task]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    sdk = [str(Path(boto3.__file__).parents[1])]
    beside = [path for path in sys.path if path.endswith(("lib-dynload", f"python{running_python()}"))]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ISOLATED, str(task), json.dumps([*beside, *sdk])],
        capture_output=True,
        text=True,
        check=False,
    )
    for path in [task, *task.rglob("*")]:
        path.chmod(0o755)
    assert done.returncode == 0, done.stderr
    answer, cumulo_file, pydantic_file, troposphere = json.loads(done.stdout)
    assert answer["name"] == "x"
    assert (answer["pydantic"],) == tuple(version for name, version in assets[HOST].packages if name == "pydantic")
    assert Path(cumulo_file).is_relative_to(task)
    assert Path(pydantic_file).is_relative_to(task)
    assert not troposphere


def test_a_warm_cache_of_uv_needs_no_network(kit, tmp_path, monkeypatch):
    _, assets = kit
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions/kit.py").write_text(KIT)
    code = Code("functions.kit.handle", ARM)
    assert build(tmp_path, [code], cache=tmp_path / "cache", out=tmp_path / "out")[code] == assets[ARM]
