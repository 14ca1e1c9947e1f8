import sys
import webbrowser

import pytest

from cumulo.cli import open as opening


def test_without_a_terminal_the_url_is_only_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    opening._open("http://127.0.0.1:3000/x", as_json=False)
    assert capsys.readouterr().out == "http://127.0.0.1:3000/x\n"
    assert opened == []


@pytest.mark.parametrize("there", [True, False])
def test_at_a_terminal_the_browser_is_asked(
    there: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or there)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    opening._open("http://127.0.0.1:3000", as_json=False)
    shown = capsys.readouterr()
    assert opened == ["http://127.0.0.1:3000"]
    assert shown.out == "http://127.0.0.1:3000\n"
    assert ("no browser" in shown.err) is not there
