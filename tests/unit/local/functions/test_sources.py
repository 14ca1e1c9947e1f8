"""Noticing that files have changed since workers read them."""

import os

import pytest

from cumulo.local.functions.sources import Sources, version


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "app.py"
    file.write_text("VALUE = 1")
    return file


@pytest.fixture
def sources(file):
    sources = Sources()
    sources.add(str(file), version(str(file)))
    return sources


def test_a_file_as_it_was_read(file, sources):
    assert not sources.changed()
    assert sources.live(str(file))
    assert not sources.live(str(file.with_name("other.py")))


def replaced(file):
    other = file.with_name("new")
    other.write_text("VALUE = 2")
    os.utime(other, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    other.replace(file)


@pytest.mark.parametrize(
    "change", [replaced, lambda file: os.utime(file, (1, 1)), lambda file: file.write_text("longer" * 9), os.remove]
)
def test_any_change_is_noticed(file, sources, change):
    change(file)
    assert sources.changed()
    assert not sources.live(str(file))
    sources.clear()
    assert not sources.changed()


def test_the_oldest_version_that_runs_counts(file, sources):
    file.write_text("VALUE = 1234")
    sources.add(str(file), version(str(file)))
    assert sources.changed()


def test_a_look_is_not_taken_all_the_time():
    sources = Sources()
    assert sources.due()
    assert sum(sources.due() for _ in range(100)) < 100
