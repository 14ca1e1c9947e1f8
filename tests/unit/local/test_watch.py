"""Which saved files change what is running; the file system is real."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from cumulo.local import watch

PROJECT = Path("/project")
PATIENCE = 20.0


@pytest.mark.parametrize(
    ("path", "declares"),
    [
        ("app.py", True),
        ("infra/api.py", True),
        ("functions/items.py", True),  # a function's module may be imported by the declaration
        ("pyproject.toml", True),
        (".env.dev", True),
        ("functions/.env.dev", False),
        ("README.md", False),
        ("functions/template.html", False),
        ("uv.lock", False),
    ],
)
def test_what_may_change_the_templates(path: str, declares: bool) -> None:
    assert watch.declares(PROJECT / path, PROJECT) is declares


async def seen_until(project: Path, last: Path, write: Callable[[], Iterable[object]]) -> set[Path]:
    """Watch, write, and return what was seen until a last file was; it is written until it is."""
    seen: set[Path] = set()
    ready = asyncio.Event()
    changes = watch.Changes(project)

    async def collect() -> None:
        while last not in seen:
            seen.update(await changes.next())
            if project / "ready" in seen:
                ready.set()

    async def touch_until(path: Path, is_seen: Callable[[], bool]) -> None:
        while not is_seen():
            path.write_text("x")
            await asyncio.sleep(0.02)

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        collecting = group.create_task(collect())
        await touch_until(project / "ready", ready.is_set)
        [*write()]
        await touch_until(last, collecting.done)
    return {path.relative_to(project) for path in seen - {last, project / "ready"}}


async def test_saved_files_are_seen_and_those_of_tools_are_not(tmp_path: Path) -> None:
    matters = ["app.py", "functions/items.py", "functions/page.html", ".env.dev", "pyproject.toml"]
    others = [
        ".cumulo/local/dev/run.json",
        ".cumulo/out/dev/manifest.json",
        ".venv/lib/x.py",
        "venv/lib/x.py",
        ".git/index",
        "node_modules/x/x.js",
        "functions/__pycache__/items.cpython-311.pyc",
        ".mypy_cache/x.json",
        ".ruff_cache/x",
        # What editors write beside the file: vi, Emacs, many.
        "functions/.items.py.swp",
        "functions/4913",
        "functions/items.py~",
        "functions/.#items.py",
        "functions/items.py.tmp",
        "dev.log",  # cumulo dev > dev.log
    ]
    for name in [*matters, *others]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    seen = await seen_until(
        tmp_path, tmp_path / "last.py", lambda: [(tmp_path / n).write_text("x") for n in [*others, *matters]]
    )
    assert {path.as_posix() for path in seen} == set(matters)


async def test_what_is_moved_and_removed_is_seen_too(tmp_path: Path) -> None:
    """Most editors save by writing another file and moving it to the place of the old one."""
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("old")
    (tmp_path / ".a.py.swx").write_text("new")

    def write() -> list[object]:
        (tmp_path / ".a.py.swx").replace(tmp_path / "a.py")
        (tmp_path / "b.py").unlink()
        return []

    assert {path.name for path in await seen_until(tmp_path, tmp_path / "last.py", write)} == {"a.py", "b.py"}


async def test_the_name_of_the_projects_own_folder_does_not_matter(tmp_path: Path) -> None:
    project = tmp_path / ".cumulo" / "venv"
    project.mkdir(parents=True)
    seen = await seen_until(project, project / "last.py", lambda: [(project / "app.py").write_text("x")])
    assert seen == {Path("app.py")}


async def test_what_changes_while_nobody_waits_is_kept(tmp_path: Path) -> None:
    changes = watch.Changes(tmp_path)
    await asyncio.sleep(0.2)
    (tmp_path / "app.py").write_text("x")
    await asyncio.sleep(0.2)
    try:
        async with asyncio.timeout(PATIENCE):
            assert await changes.next() == {tmp_path / "app.py"}
    finally:
        await changes.stop()


async def test_files_in_new_folders_are_seen(tmp_path: Path) -> None:
    def write() -> list[object]:
        (tmp_path / "functions" / "items").mkdir(parents=True)
        (tmp_path / "functions" / "items" / "create.py").write_text("x")
        return [(tmp_path / "functions" / "a.py").write_text("x")]

    last = tmp_path / "functions" / "items" / "last.py"
    seen = await seen_until(tmp_path, last, write)
    assert {Path("functions/items/create.py"), Path("functions/a.py")} <= seen


async def test_a_folder_that_comes_and_goes_ends_nothing(tmp_path: Path) -> None:
    def write() -> list[object]:
        for number in range(20):
            (tmp_path / f"f{number}").mkdir()
            (tmp_path / f"f{number}").rmdir()
        return []

    await seen_until(tmp_path, tmp_path / "last.py", write)


async def test_a_link_to_a_folder_above_is_no_endless_loop(tmp_path: Path) -> None:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "loop").symlink_to(tmp_path)
    seen = await seen_until(tmp_path, tmp_path / "last.py", lambda: [(tmp_path / "functions" / "a.py").write_text("x")])
    assert Path("functions/a.py") in seen
