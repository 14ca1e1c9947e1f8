import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cumulo import assembly
from cumulo.cli.synth import command
from cumulo.errors import CumuloError, UsageError

APP = """
from cumulo import App, Function, Queue, Stack


def app(stage):
    app = App("shop", stage)
    stack = Stack(app, "work")
    Queue(stack, "orders")
    {more}
    return app
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CUMULO_STAGE", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.cumulo]\nregion = "eu-central-1"\n')
    (tmp_path / "app.py").write_text(APP.format(more=""))
    return tmp_path


def synth(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(command, [*arguments], env=environment)


def test_the_folder_is_data_and_the_rest_is_talk(project: Path) -> None:
    done = synth()
    folder = project / ".cumulo/out/dev"
    assert (done.exit_code, done.stdout) == (0, f"{folder}\n")
    assert done.stderr == "shop-dev-work: 2 resources\n"
    written = assembly.read(folder)
    assert (written.app, written.stage, [stack.name for stack in written.stacks]) == ("shop", "dev", ["shop-dev-work"])


def test_json_is_the_templates(project: Path) -> None:
    done = synth("--json")
    template = json.loads((project / ".cumulo/out/dev/work.template.json").read_text())
    assert json.loads(done.stdout) == {"shop-dev-work": template}


def test_the_stage_is_the_option_then_the_variable_then_dev(project: Path) -> None:
    assert synth("--stage", "prod", CUMULO_STAGE="test").stdout.endswith("/prod\n")
    assert synth(CUMULO_STAGE="test").stdout.endswith("/test\n")
    assert synth().stdout.endswith("/dev\n")


def test_the_project_is_found_from_a_folder_below(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "infra/deep").mkdir(parents=True)
    monkeypatch.chdir(project / "infra/deep")
    assert synth().stdout == f"{project}/.cumulo/out/dev\n"


def test_out_and_region_are_taken(project: Path) -> None:
    assert synth("--out", "elsewhere", "--region", "eu-west-1").exit_code == 0
    assert assembly.read(project / "elsewhere").region == "eu-west-1"
    assert not (project / ".cumulo/out").exists()


def test_without_assets_no_code_is_packaged(project: Path) -> None:
    (project / "work.py").write_text("def handler(event, context):\n    return 1\n")
    (project / "app.py").write_text(APP.format(more='Function(stack, "work", handler="work.handler")'))
    assert synth("--no-assets").exit_code == 0
    assert not (project / ".cumulo/out/dev/assets").exists()
    (function,) = assembly.read(project / ".cumulo/out/dev").functions
    assert function.asset is None


@pytest.mark.parametrize("handler", ["nowhere.handler", "app.nothing", "app"])
def test_a_handler_that_is_not_there_is_named(project: Path, handler: str) -> None:
    (project / "app.py").write_text(APP.format(more=f'Function(stack, "work", handler="{handler}")'))
    refused = synth("--no-assets").exception
    assert isinstance(refused, CumuloError)
    assert "function 'work'" in str(refused)
    assert refused.hint


def test_an_unknown_stage_is_wrong_usage_when_stages_are_declared(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.cumulo.stages.dev]\n[tool.cumulo.stages.prod]\n")
    refused = synth("--stage", "prdo").exception
    assert isinstance(refused, UsageError)
    assert refused.hint == "use --stage prod, or add [tool.cumulo.stages.prdo]"
