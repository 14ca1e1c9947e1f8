"""Bytecode: Python loads it unchecked, and it depends on the source alone."""

import importlib.util
import marshal
import sys
from pathlib import Path

import pytest

from cumulo.synth.assets.bytecode import compile_sources
from cumulo.synth.assets.interpreter import Interpreter, find_interpreter, pyc_name
from cumulo.synth.assets.target import running_python

HERE = find_interpreter(running_python())
SOURCES = [
    (
        f"m{number}.py",
        f"import sys, os\nNAMES = ('path', 'b', {number})\ndef f(path): return path in {{'x', 'y', 'path'}}\n".encode(),
    )
    for number in range(30)
]


def test_bytecode_is_an_unchecked_hash_pyc_for_the_task_root():
    """PEP 552: flags 0b01 is hash-based and not checked."""
    source = b"def f(): return 1\n"
    (code,) = compile_sources([("a/b.py", source)], HERE)
    assert code[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(code[4:8], "little") == 0b01
    assert code[8:16] == importlib.util.source_hash(source)
    assert marshal.loads(code[16:]).co_filename == "/var/task/a/b.py"


def test_bytecode_does_not_depend_on_what_is_compiled_beside_it(monkeypatch):
    together = compile_sources(SOURCES, HERE)
    monkeypatch.setenv("PYTHONHASHSEED", "77")
    backwards = compile_sources(SOURCES[::-1], HERE)[::-1]
    alone = [compile_sources([each], HERE)[0] for each in SOURCES[:3]]
    assert together == backwards
    assert together[:3] == alone


def test_the_standard_library_compiles_to_the_same_bytes_in_any_company():
    files = ["ast", "argparse", "inspect", "typing", "dataclasses", "enum", "json.decoder", "pathlib", "zipfile"]
    sources = [(f"{name}.py", Path(importlib.util.find_spec(name).origin).read_bytes()) for name in files]
    together = compile_sources(sources, HERE)
    assert together == [compile_sources([each], HERE)[0] for each in sources]


def test_a_source_that_does_not_compile_has_none():
    assert compile_sources([("a.py", b"{{ template }} x"), ("b.py", b"\x00")], HERE)[0] == b""


def test_no_sources_no_bytecode():
    assert compile_sources([], HERE) == []


def test_the_running_interpreter_compiles_for_its_own_version():
    assert Interpreter(sys.executable, sys.version.split()[0]) == HERE


def test_without_a_matching_interpreter_there_is_none():
    assert find_interpreter("3.99") is None


@pytest.mark.parametrize(
    ("name", "expected"), [("a.py", "__pycache__/a.cpython-312.pyc"), ("p/a.py", "p/__pycache__/a.cpython-312.pyc")]
)
def test_bytecode_lies_where_python_looks(name, expected):
    assert pyc_name(name, Interpreter("python", "3.12.1")) == expected
