"""What goes to standard output, what to standard error, and in which colours."""

import io
from datetime import date
from pathlib import Path

import pytest

from cumulo.cli import output
from cumulo.errors import CumuloError


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_data_goes_to_standard_output_and_talk_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    output.data("a value")
    output.talk("working ...")
    assert capsys.readouterr() == ("a value\n", "working ...\n")


def test_json_is_sorted_and_takes_what_json_has_no_word_for(capsys: pytest.CaptureFixture[str]) -> None:
    output.json_data({"b": date(2026, 11, 21), "a": Path("x/y")})
    assert capsys.readouterr() == ('{\n  "a": "x/y",\n  "b": "2026-11-21"\n}\n', "")


def test_an_error_is_where_and_what_and_then_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    output.error(CumuloError("is not TOML", where="pyproject.toml", hint="mend line 3"))
    output.error(CumuloError("it failed"))
    assert capsys.readouterr() == ("", "error: pyproject.toml: is not TOML\nhint: mend line 3\nerror: it failed\n")


def test_colours_are_for_terminals_only() -> None:
    assert output.styled("no", "red", Terminal()) == "\x1b[31mno\x1b[0m"
    assert output.styled("no", "red", io.StringIO()) == "no"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("NO_COLOR", "false"), ("TERM", "dumb")])
def test_a_terminal_may_not_want_them(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Any value of NO_COLOR counts: https://no-color.org."""
    monkeypatch.setenv(name, value)
    assert output.styled("no", "red", Terminal()) == "no"


def test_an_empty_no_color_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """https://no-color.org: "when present and not an empty string"."""
    monkeypatch.setenv("NO_COLOR", "")
    assert output.colours(Terminal())
