"""What `cumulo check` says of templates in everybody's styles, so that what a changed rule says is seen in a review.

Each finding in `corpus/findings` was read. `CUMULO_UPDATE_GOLDEN=1 python -m pytest tests/system/test_corpus.py` writes
them anew; read the difference as the templates' author would.
"""

import json
import os
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner

from cumulo.cli.main import cumulo

CORPUS = Path(__file__).parent / "corpus"
GOLDEN = CORPUS / "findings"
STAGES = ("dev", "prod")
STYLES = ("hand", "sam", "serverless")
# What is given to the command: each template alone, as most people do, or the tool's folder.
GIVEN = {
    **{f"{style}-{file.stem}": file for style in STYLES for file in (CORPUS / style).glob("*.*")},
    **{f"sam-{file.parent.name}": file for file in (CORPUS / "sam").glob("*/template.yaml")},
    "cdk": CORPUS / "cdk.out",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project with the corpus."""
    folder = tmp_path_factory.mktemp("corpus") / "project"
    copytree(CORPUS, folder)
    # The end of a runtime is judged as on the day when the findings were read.
    (folder / "pyproject.toml").write_text('[tool.cumulo.check.rules.FN005]\non = "2026-11-21"\n')
    return folder


def findings(given: Path, stage: str) -> str:
    """Return what is found, a line each; the command runs here, as eighty processes would take half a minute."""
    arguments = ["check", str(given.relative_to(CORPUS)), "--stage", stage, "--format", "json", "--no-cfn-lint"]
    done = CliRunner().invoke(cumulo, arguments, standalone_mode=False)
    report = json.loads(done.stdout)
    assert not {"CHK005", "CHK006"} & {each["rule"] for each in report["findings"]}
    return "".join(
        f"{each['file']}:{each['line'] or '-'} {each['severity']} {each['rule']} {each['subject']}: {each['message']}\n"
        for each in report["findings"]
    )


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", sorted(GIVEN))
def test_findings_are_those_that_were_read(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str, stage: str
) -> None:
    monkeypatch.chdir(project)
    found = findings(GIVEN[name], stage)
    golden = GOLDEN / f"{name}-{stage}.txt"
    if os.environ.get("CUMULO_UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found)
    assert golden.read_text() == found


def test_there_are_at_least_thirty_templates() -> None:
    assert len(GIVEN) - 1 + len(list((CORPUS / "cdk.out").rglob("*.template.json"))) >= 30
