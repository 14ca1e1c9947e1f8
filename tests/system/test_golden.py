"""What the examples are synthesised to, kept here so that a change of the templates is seen in a review.

`CUMULO_UPDATE_GOLDEN=1 python -m pytest tests/system/test_golden.py` writes them anew.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from shutil import copytree

import pytest

from tests.system.conftest import CUMULO, EXAMPLES, LEFT_BEHIND, clean_environment

GOLDEN = Path(__file__).parent / "golden"
STAGES = [(example, stage) for example in ("items", "kefir") for stage in ("dev", "test", "prod")]
SUFFIX = ".template.json"
REGION = "eu-central-1"
# Prints what cfn-lint finds in the templates on standard input.
LINT = """
import json, sys
from cfnlint.config import ConfigMixIn
from cfnlint.decode import convert_dict
from cfnlint.runner import Runner
runner = Runner(ConfigMixIn([], regions=[sys.argv[1]]))
for name, template in json.load(sys.stdin).items():
    for match in runner.validate_template(convert_dict(json.loads(template))):
        print(name, match.rule.id, match.message)
"""

Templates = Callable[[str, str], dict[str, bytes]]


def synthesise(project: Path, stage: str, **environment: str) -> dict[str, bytes]:
    """Run `cumulo synth` and return the templates, as they are on disk, by the name of their file."""
    subprocess.run(
        [*CUMULO, "synth", "--no-assets", "--stage", stage],
        cwd=project,
        env=clean_environment() | environment,
        capture_output=True,
        check=True,
    )
    files = (project / ".cumulo/out" / stage).glob(f"*{SUFFIX}")
    return {file.name: file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Give the templates of an example in a stage, synthesised once."""

    @cache
    def of(example: str, stage: str) -> dict[str, bytes]:
        project = tmp_path_factory.mktemp(example) / example
        return synthesise(copytree(EXAMPLES / example, project, ignore=LEFT_BEHIND), stage, PYTHONHASHSEED="1")

    return of


def for_any_python(template: bytes) -> str:
    """Return a template that does not tell which Python made it: functions run the project's own."""
    return re.sub(r'"python3\.\d+"', '"python3.N"', template.decode())


@pytest.mark.parametrize(("example", "stage"), STAGES)
def test_the_templates_are_the_golden_ones(templates: Templates, example: str, stage: str) -> None:
    made = {name: for_any_python(template) for name, template in templates(example, stage).items()}
    folder = GOLDEN / example / stage
    if os.environ.get("CUMULO_UPDATE_GOLDEN"):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"*{SUFFIX}"):
            old.unlink()
        for name, template in made.items():
            (folder / name).write_text(template)
    golden = {file.name: file.read_text() for file in folder.glob(f"*{SUFFIX}")}
    assert made.keys() == golden.keys()
    for name, template in made.items():
        assert template == golden[name], f"{example} {stage} {name}: if it is meant so, set CUMULO_UPDATE_GOLDEN=1"


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_the_same_input_makes_the_same_bytes(templates: Templates, tmp_path: Path, seed: str) -> None:
    """Neither the seed of hashes nor the place of the project shows in a template."""
    project = copytree(EXAMPLES / "items", tmp_path / "elsewhere", ignore=LEFT_BEHIND)
    assert synthesise(project, "prod", PYTHONHASHSEED=seed) == templates("items", "prod")


def test_cfn_lint_finds_nothing_in_them(templates: Templates) -> None:
    """It finds what is wrong on purpose, so it did look.

    https://github.com/aws-cloudformation/cfn-lint
    """
    given = {
        f"{example}/{stage}/{name}": template.decode()
        for example, stage in STAGES
        for name, template in templates(example, stage).items()
    }
    assert len(given) == 7 + 15
    given["wrong"] = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Colour": "red"}}}})
    program = [sys.executable, "-c", LINT, REGION]
    linted = subprocess.run(program, input=json.dumps(given), capture_output=True, text=True, check=True)
    assert linted.stdout.splitlines() == ["wrong E3002 Additional properties are not allowed ('Colour' was unexpected)"]
