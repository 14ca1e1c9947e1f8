"""The command line as a whole: help, exit codes, errors."""

import importlib
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from cumulo.cli.main import VERBS, main
from cumulo.errors import CumuloError

# What some verb needs, and help does not.
HEAVY = ("awscli", "boto3", "cfnlint", "pydantic", "rich", "troposphere", "uvloop", "watchfiles")
LOADED = """
import json, sys
from cumulo.cli.main import main
for verb in json.loads(sys.argv[1]):
    sys.argv = ["cumulo", *verb, "-h"]
    try:
        main()
    except SystemExit as end:
        assert not end.code, verb
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules} | {n for n in sys.modules if "cumulo" in n})))
"""

Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command line in an empty folder; returns its exit code."""
    for name in ("CUMULO_DEBUG", "CUMULO_STAGE"):
        monkeypatch.setenv(name, "")  # so that it is restored, also when the command sets it
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["cumulo", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0)

    return run


@pytest.fixture
def app(tmp_path: Path) -> Callable[[str], None]:
    """Declares the project's app: its body."""

    def declare(body: str) -> None:
        (tmp_path / "pyproject.toml").write_text("[tool.cumulo]\n")
        (tmp_path / "app.py").write_text(
            f"from cumulo import App, CumuloError, Stack, Table\n\n\n\ndef app(stage):\n    {body}\n"
        )

    return declare


def loaded_by_help_of(*verbs: tuple[str, ...]) -> set[str]:
    """Return the modules that are there after the help of verbs, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", LOADED, json.dumps(verbs)], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_help_names_every_verb_and_loads_none() -> None:
    loaded = loaded_by_help_of(())
    assert loaded.isdisjoint(HEAVY)
    assert loaded.isdisjoint(f"cumulo.cli.{verb}" for verb in VERBS)
    assert not [name for name in loaded if name.startswith(("cumulo.synth", "cumulo.local", "cumulo.delivery"))]


def test_the_help_of_a_verb_loads_nothing_that_only_its_work_needs() -> None:
    loaded = loaded_by_help_of(*((verb,) for verb in VERBS))
    assert {f"cumulo.cli.{verb}" for verb in VERBS} <= loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help(run: Run, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    assert run("--help") == 0
    assert f"  {verb} " in capsys.readouterr().out
    assert run(verb, "--help") == 0
    shown = capsys.readouterr()
    assert f" {verb} " in shown.out.splitlines()[0]
    assert shown.err == ""


def test_version(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out.strip().endswith(version("cumulo"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["--nonsense"], "No such option"),
        (["synth", "--stage"], "requires an argument"),
        (["new"], "Missing argument 'NAME'"),
        (["dev", "--port", "many"], "is not a valid integer"),
        (["synth"], "there is no project here"),
        (["check"], "there is no project here: no pyproject.toml with [tool.cumulo]"),
        (["logs"], "there is no project here: no pyproject.toml with [tool.cumulo]"),
    ],
)
def test_wrong_usage_exits_with_2(
    run: Run, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(*arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err
    assert "Traceback" not in shown.err


def test_a_mistake_exits_with_1_and_says_what_to_do(
    run: Run, app: Callable[[str], None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    app('raise CumuloError("it is wrong", where="the app", hint="mend it")')
    assert run("synth") == 1
    assert capsys.readouterr() == ("", f"error: the app ({tmp_path}/app.py:6): it is wrong\nhint: mend it\n")


@pytest.mark.parametrize("how", ["--debug", "CUMULO_DEBUG"])
def test_debug_shows_the_traceback(
    run: Run, app: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    app('raise ValueError("deep inside")')
    if how == "CUMULO_DEBUG":
        monkeypatch.setenv("CUMULO_DEBUG", "1")
    arguments = ["--debug", "synth"] if how == "--debug" else ["synth"]
    monkeypatch.setattr(sys, "argv", ["cumulo", *arguments])
    with pytest.raises(CumuloError, match="ValueError: deep inside") as raised:
        main()
    assert isinstance(raised.value.__cause__, ValueError)


def test_the_apps_own_mistake_is_told_with_its_line(
    run: Run, app: Callable[[str], None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    app('raise ValueError("deep inside")')
    assert run("synth") == 1
    shown = capsys.readouterr().err
    assert shown.startswith(f"error: {tmp_path}/app.py:6: ValueError: deep inside\nhint: ")
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    ("arguments", "what", "where"),
    [
        (["synth", "--out", "file/below"], "Not a directory", "file/below"),
        (["synth", "--out", "/proc/nowhere"], "No such file or directory", "/proc/nowhere"),
        (["new", "shop", "--folder", "/proc/nowhere"], "No such file or directory", "/proc/nowhere"),
        (["new", "shop", "--folder", "file/below"], "Not a directory", "file/below"),
    ],
)
def test_a_path_that_cannot_be_written_is_named(
    run: Run,
    app: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: list[str],
    what: str,
    where: str,
) -> None:
    app('Table(Stack(app := App("shop", stage), "data"), "items", partition_key="PK")\n    return app')
    (tmp_path / "file").write_text("")
    assert run(*arguments) == 1
    shown = capsys.readouterr().err
    assert shown.startswith(f"error: {where}")
    assert f": {what}\nhint: look at that path" in shown


@pytest.mark.parametrize("verb", ["synth", "check"])
def test_a_project_that_cannot_be_written_to_is_named(
    run: Run, app: Callable[[str], None], capsys: pytest.CaptureFixture[str], tmp_path: Path, verb: str
) -> None:
    """A file stands where the folder `.cumulo` would be: permissions do not stop root, who may run the tests."""
    app('return App("shop", stage)')
    (tmp_path / ".cumulo").write_text("")
    assert run(verb) == 1
    assert capsys.readouterr().err.startswith(f"error: {tmp_path}/.cumulo: File exists\nhint: ")


def test_what_nobody_expected_is_one_line_too(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unforeseen(start: Path) -> Path:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr("cumulo.synth.project.find_project", unforeseen)
    monkeypatch.setattr("cumulo.synth.find_project", unforeseen, raising=False)
    assert run("synth") == 1
    shown = capsys.readouterr().err
    assert shown.startswith("error: unexpected RuntimeError: nobody thought of this\nhint: ")
    assert "Traceback" not in shown


def test_an_app_that_exits_does_not_end_the_command_silently(
    run: Run, app: Callable[[str], None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    app("raise SystemExit(3)")
    assert run("synth") == 1
    assert capsys.readouterr().err.startswith(f"error: {tmp_path}/app.py:6: the app ends the process")


OWN = {"--project", "--stage", "--region", "--profile", "--yes", "--json"}


@pytest.mark.parametrize("verb", ["synth", "check", "diff", "deploy", "remove", "invoke", "logs", "outputs"])
def test_every_verb_has_the_shared_options_in_one_order(verb: str) -> None:
    command = importlib.import_module(f"cumulo.cli.{verb}").command
    names = [option.opts[0] for option in command.params if isinstance(option, click.Option)]
    first = [name for name in ("--project", "--stage", "--region", "--profile") if name in names]
    last = [name for name in ("--yes", "--json") if name in names]
    assert [*first, *(name for name in names if name not in OWN), *last] == names


@pytest.mark.parametrize("verb", ["synth", "logs", "check"])
def test_the_help_names_the_variable_of_the_stage(run: Run, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    run(verb, "--help")
    assert "env var: CUMULO_STAGE" in " ".join(capsys.readouterr().out.split())


def test_ctrl_c_exits_with_130(run: Run, app: Callable[[str], None], capsys: pytest.CaptureFixture[str]) -> None:
    """As a shell tells of a program that SIGINT ended: https://tldp.org/LDP/abs/html/exitcodes.html."""
    app("raise KeyboardInterrupt")
    assert run("synth") == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error(run: Run, app: Callable[[str], None], tmp_path: Path) -> None:
    """As in `cumulo synth --json | head -1`."""
    app('Table(Stack(app := App("shop", stage), "data"), "items", partition_key="PK")\n    return app')
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "wb") as closed:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "cumulo", "synth", "--json"], cwd=tmp_path, stdout=closed, stderr=subprocess.PIPE
        )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(("no_color", "expected"), [("", "\x1b[31merror:\x1b[0m"), ("1", "error:")])
def test_an_error_is_red_at_a_terminal_that_wants_colours(tmp_path: Path, no_color: str, expected: str) -> None:
    main_end, command_end = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": no_color}
    with open(main_end, "rb", buffering=0) as terminal:  # noqa: PTH123
        subprocess.run(
            [sys.executable, "-m", "cumulo", "synth"],
            cwd=tmp_path,
            env=environment,
            stderr=command_end,
            stdout=subprocess.PIPE,
        )
        shown = terminal.read(4096).decode()
        os.close(command_end)
    assert shown.startswith(f"{expected} {tmp_path}: there is no project here")


@pytest.mark.parametrize("arguments", [["explain", "FN001"], ["explain", "--json"]])
def test_output_that_cannot_be_written_is_one_clear_line(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "cumulo", *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == (
        "error: standard output: cannot be written (No space left on device)\n"
        "hint: look at where it is redirected to, and the space that is left\n"
    )
