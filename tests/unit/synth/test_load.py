"""Tests of `cumulo.synth.load`."""

import sys
from pathlib import Path
from types import ModuleType

from cumulo.model.stage import Stage
from cumulo.synth.load import load_app
from cumulo.synth.project import Project


class Importing(ModuleType):
    """A module whose file cannot be looked at without another module's appearing meanwhile."""

    @property
    def __file__(self) -> str:
        sys.modules[f"appeared{len(sys.modules)}"] = ModuleType("appeared")
        return "/elsewhere/app.py"


def test_another_thread_may_import_meanwhile(tmp_path: Path) -> None:
    """`cumulo dev` loads the local cloud in a thread while it loads the app."""
    before = set(sys.modules)
    (tmp_path / "app.py").write_text("from cumulo import App\n\ndef app(stage):\n    return App('shop', stage)\n")
    sys.modules["app"] = Importing("app")
    try:
        app = load_app(Project(tmp_path, {}), Stage("dev"))
    finally:
        for name in set(sys.modules) - before:
            del sys.modules[name]
    assert app.name == "shop"
