"""Load the app that a project declares."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from cumulo.errors import CumuloError
from cumulo.model.app import App
from cumulo.model.stage import Stage
from cumulo.synth.project import Project


def load_app(project: Project, stage: Stage) -> App:
    """Import a project's app function and call it for a stage.

    Raises
    ------
    CumuloError
        When the function is not there, or the project's own code fails; it says at which of its lines.
    """
    module_name, _, function_name = project.app.partition(":")
    where = f"{project.folder / 'pyproject.toml'}: app = {project.app!r}"
    try:
        with importing_from(project.folder):
            module = importlib.import_module(module_name)
            function = vars(module).get(function_name)
            if not callable(function):
                raise CumuloError(f"{module_name} has no function {function_name!r}", where=where)
            app = function(stage)
    except (Exception, SystemExit) as error:
        from cumulo.synth.mistakes import explained, locate  # seldom needed, and all that explains loads much

        if isinstance(error, CumuloError):
            locate(error, project.folder)
            raise
        raise _missing(error, module_name, project.folder) or explained(error, project.folder, where) from error
    if not isinstance(app, App):
        raise CumuloError(f"{project.app} returned {type(app).__name__}, not an App", where=where)
    return app


def _missing(error: BaseException, module: str, folder: Path) -> CumuloError | None:
    """Return an error when it is the app's own module that does not exist."""
    if not isinstance(error, ModuleNotFoundError) or not f"{module}.".startswith(f"{error.name}."):
        return None
    return CumuloError(
        f"there is no {module.replace('.', '/')}.py",
        where=str(folder),
        hint='declare the system there in `def app(stage)`, or say where it is: app = "module:function" '
        "in [tool.cumulo] of pyproject.toml",
    )


@contextmanager
def importing_from(folder: Path) -> Iterator[None]:
    """Import from the project first, and anew: two projects may both have a module ``infra``."""
    _forget_modules_outside(folder)
    # A new list each time: another thread that is importing goes through the old one.
    before = sys.path
    sys.path = [str(folder), *before]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path = before
        _forget(name for name, module in list(sys.modules.items()) if _lies_in(module, folder))


def _forget_modules_outside(folder: Path) -> None:
    """Forget modules of other projects whose names this project has too."""
    own = {
        path.stem for path in folder.iterdir() if path.suffix == ".py" or (path.is_dir() and path.name.isidentifier())
    }
    # A list: another thread may be importing.
    roots = {name for name, module in list(sys.modules.items()) if name in own and _is_shadowing(module, folder)}
    _forget(name for name in list(sys.modules) if name.partition(".")[0] in roots)


def _is_shadowing(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    installed = file is None or "site-packages" in file or Path(file).is_relative_to(sys.base_prefix)
    return not installed and not _lies_in(module, folder)


def _forget(names: Iterator[str]) -> None:
    for name in list(names):
        sys.modules.pop(name, None)


def _lies_in(module: ModuleType, folder: Path) -> bool:
    # By text: there are hundreds of modules, and making a Path of each takes longer than importing the app.
    file = getattr(module, "__file__", None)
    return file is not None and file.startswith(f"{folder}{os.sep}") and "site-packages" not in file
