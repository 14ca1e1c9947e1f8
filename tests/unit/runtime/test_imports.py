"""What a cold start pays for."""

import subprocess
import sys

import pytest


def imported_by(statement):
    """Return the modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


POWERTOOLS = """
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
"""


def test_it_adds_nothing_to_powertools_but_itself_and_the_standard_library():
    modules = ["http", "api_key", "repository", "cursors", "linked", "openapi"]
    mine = "".join(f"import cumulo.runtime.{module}\n" for module in modules)
    added = {name.partition(".")[0] for name in imported_by(mine) - imported_by(POWERTOOLS)}
    assert added - sys.stdlib_module_names == {"cumulo"}


def test_it_loads_nothing_else_of_cumulo():
    loaded = {name for name in imported_by("import cumulo.runtime.http") if name.startswith("cumulo.")}
    assert all(name.startswith("cumulo.runtime") for name in loaded)


@pytest.mark.parametrize("module", ["repository", "cursors", "linked", "keys", "bucket"])
def test_what_stores_items_does_not_load_powertools(module):
    assert "aws_lambda_powertools" not in imported_by(f"import cumulo.runtime.{module}")
