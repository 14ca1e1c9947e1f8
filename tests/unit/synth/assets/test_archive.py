"""Deterministic archives, and joining them."""

import io
import stat
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.errors import CumuloError
from cumulo.synth.assets import archive
from cumulo.synth.assets.archive import Entry, join, pack

NAMES = st.text("abcé/", min_size=1, max_size=8).map(lambda text: text.strip("/") or "x")
FILES = st.dictionaries(NAMES, st.builds(Entry, st.binary(max_size=50), st.booleans()), max_size=5)


@given(FILES)
def test_the_order_of_files_does_not_matter(files):
    assert pack(files) == pack(dict(reversed(files.items())))


@given(st.lists(FILES, max_size=4))
def test_joined_archives_hold_what_their_parts_hold_and_the_first_counts(parts):
    joined = join([pack(part) for part in parts])
    expected = {name: entry for part in reversed(parts) for name, entry in part.items()}
    with zipfile.ZipFile(io.BytesIO(joined.data)) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == {n: e.data for n, e in expected.items()}
        for info in opened.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert stat.S_IMODE(info.external_attr >> 16) == (0o755 if expected[info.filename].executable else 0o644)
    assert joined.unpacked == sum(len(entry.data) for entry in expected.values())


def test_an_archive_that_is_joined_alone_stays_as_it_is():
    data = pack({"a.py": Entry(b"a"), "b/c.py": Entry(b"c" * 1000)})
    assert join([data]).data == data


def test_more_files_than_a_zip_holds_are_refused(monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILES", 1)
    with pytest.raises(CumuloError, match="more than a zip can hold"):
        join([pack({"a": Entry(b""), "b": Entry(b"")})])
