"""The cache: whole or absent."""

import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.synth.assets.cache import TEMPORARY, Cache, fingerprint, write_atomically


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def test_an_entry_comes_back(cache):
    assert cache.get("a") is None
    cache.put("a", b"value")
    cache.put_json("b", {"x": [1, None]})
    assert (cache.get("a"), cache.get_json("b"), cache.get_json("c")) == (b"value", {"x": [1, None]}, None)


@pytest.mark.parametrize(
    "damage", [lambda d: d[:-1], lambda d: d[:10], lambda d: b"", lambda d: d + b"x", lambda d: d[:-1] + b"?"]
)
def test_a_damaged_entry_counts_as_absent_and_can_be_replaced(cache, damage):
    cache.put("a", b"value")
    path = cache.folder / "a"
    path.write_bytes(damage(path.read_bytes()))
    assert cache.get("a") is None
    cache.put("a", b"new")
    assert cache.get("a") == b"new"


def test_an_interrupted_write_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "file"
    write_atomically(path, b"old")
    with pytest.raises(TypeError):
        write_atomically(path, None)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_sweep_removes_what_is_unused_and_what_a_killed_process_left(cache):
    for name in ("used", "unused", f"{TEMPORARY}dead", f"{TEMPORARY}live"):
        cache.put(name, b"")
    (cache.folder / f"{TEMPORARY}folder").mkdir()
    (cache.folder / f"{TEMPORARY}folder/file").write_text("")
    long_ago, lately = time.time() - 30 * 24 * 3600, time.time() - 2 * 3600
    for name, when in {
        "unused": long_ago,
        f"{TEMPORARY}dead": lately,
        f"{TEMPORARY}folder": lately,
        "used": lately,
    }.items():
        os.utime(cache.folder / name, (when, when))
    cache.sweep()
    assert sorted(path.name for path in cache.folder.iterdir()) == [f"{TEMPORARY}live", "used"]


def test_use_keeps_an_entry_from_the_sweep(cache):
    cache.put("a", b"")
    long_ago = time.time() - 30 * 24 * 3600
    os.utime(cache.folder / "a", (long_ago, long_ago))
    assert cache.get("a") == b""
    cache.sweep()
    assert cache.get("a") == b""


@given(st.dictionaries(st.text(), st.integers()))
def test_a_fingerprint_does_not_depend_on_the_order_of_keys(data):
    assert fingerprint(data) == fingerprint(dict(reversed(data.items())))
