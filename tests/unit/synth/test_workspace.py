import stat
from pathlib import Path

from cumulo.synth.workspace import workspace


def test_it_is_its_owners_alone_and_not_for_git(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / ".gitignore").read_text() == "*\n"
    assert workspace(tmp_path) == folder
