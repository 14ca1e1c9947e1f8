"""cfn-lint may start before there are templates."""

from pathlib import Path

from cumulo.guidelines.cfn_lint_process import ahead
from cumulo.guidelines.engine import check
from cumulo.guidelines.system import of_templates
from cumulo.guidelines.template.reading import TemplateFile

BAD = TemplateFile(
    Path("t.yaml"), {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"NoSuchThing": 1}}}}, {}
)


def test_a_process_that_started_ahead_judges_and_ends(tmp_path):
    cache = tmp_path / "check"
    with ahead(tmp_path, cache) as linter:
        assert linter is not None
        assert linter.poll() is None
        report = check(of_templates([BAD]), cache=cache, linter=linter)
    assert "E3002" in [each.rule for each in report.findings]
    assert linter.returncode is not None
    with ahead(tmp_path, cache) as needless:
        assert needless is None


def test_a_process_that_was_not_needed_is_ended(tmp_path):
    with ahead(tmp_path, tmp_path / "check") as linter:
        assert linter is not None
    assert linter.returncode is not None
    with ahead(tmp_path, tmp_path / "check", wanted=False) as unwanted:
        assert unwanted is None
