"""Import troposphere without the YAML converter that it imports first and only its ``to_yaml`` needs.

That is more than half of what importing troposphere takes, and would be a quarter of ``cumulo synth``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

_CONVERTER = "cfn_flip"


def prepare() -> None:
    """Import troposphere; the converter is imported when something of it is used."""
    if "troposphere" in sys.modules or _CONVERTER in sys.modules:
        return
    stand_in = ModuleType(_CONVERTER)
    vars(stand_in)["__getattr__"] = lambda name: getattr(import_module(_CONVERTER), name)
    sys.modules[_CONVERTER] = stand_in
    try:
        import_module("troposphere")
    finally:
        del sys.modules[_CONVERTER]
