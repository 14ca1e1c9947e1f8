"""Code that a test writes itself."""

from __future__ import annotations

from textwrap import dedent

import pytest

from cumulo.guidelines.source.reach import code_of


@pytest.fixture
def code(tmp_path):
    """Write modules, given as texts by name, and find what their handler reaches."""

    def written(app, **modules):
        for name, text in {"app": app, **modules}.items():
            (tmp_path / f"{name}.py").write_text(dedent(text))
        return code_of(tmp_path, ["app.handler"])

    return written
