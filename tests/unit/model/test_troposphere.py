import subprocess
import sys

SCRIPT = """
import sys
import cumulo.constructs.function
from troposphere import Template
assert not {"cfn_flip", "yaml"} & sys.modules.keys()
assert "Description: shop" in Template(Description="shop").to_yaml()
assert "cfn_flip" in sys.modules
"""


def test_the_yaml_converter_is_imported_when_it_is_used() -> None:
    """In a process of its own: what is imported once stays."""
    subprocess.run([sys.executable, "-c", SCRIPT], check=True)
