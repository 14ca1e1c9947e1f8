"""Putting off most of sympy's import, which takes a third of cfn-lint's.

cfn-lint takes a few names of sympy's logic, to reason about templates' conditions. They come from the very modules of
sympy; the package's ``__init__``, which imports polynomials, series, sets and all the rest, runs when a template has
conditions, or when somebody asks the package for a name that is not there.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

# In the order in which sympy imports them itself: they import each other.
_NAMES = {
    "sympy.core.symbol": ("Dummy", "Symbol"),
    "sympy.logic.boolalg": ("And", "Equivalent", "Implies", "Not", "Or"),
}
_NEEDED_BY = ("Conditions", "Rules", "Transform")


class _Package(ModuleType):
    """The package before its ``__init__`` has run."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        _complete(self)
        return getattr(self, name)


def put_off() -> None:
    """Import sympy's logic alone; whatever goes wrong leaves sympy to be imported as usual."""
    spec = find_spec("sympy") if "sympy" not in sys.modules else None
    if spec is None:
        return
    try:
        _import(spec)
    except Exception:
        # A version that is built in another way: nothing of the attempt may stay.
        for name in [name for name in sys.modules if name.partition(".")[0] == "sympy"]:
            del sys.modules[name]


def is_needed_for(template: Mapping[str, Any]) -> bool:
    """Tell whether a template needs all of sympy: it has conditions, or may get them from a transform."""
    return any(template.get(section) for section in _NEEDED_BY)


def complete() -> bool:
    """Import the rest; tell whether there was something left to import."""
    package = sys.modules.get("sympy")
    if not isinstance(package, _Package):
        return False
    _complete(package)
    return True


def _import(spec: ModuleSpec) -> None:
    package = module_from_spec(spec)
    package.__class__ = _Package
    sys.modules["sympy"] = package
    import_module("sympy.core")
    for module, names in _NAMES.items():
        for name in names:
            setattr(package, name, getattr(import_module(module), name))


def _complete(package: ModuleType) -> None:
    package.__class__ = ModuleType
    if package.__spec__ is not None and package.__spec__.loader is not None:
        package.__spec__.loader.exec_module(package)
