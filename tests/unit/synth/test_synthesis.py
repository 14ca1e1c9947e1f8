import sys
import textwrap
from pathlib import Path

import pytest

from cumulo import assembly
from cumulo.errors import CumuloError, UsageError
from cumulo.synth import find_project, open_project, synthesize_project

APP = """
    from cumulo import App, Function, Stack, Table

    class Data(Stack):
        def __init__(self, app):
            super().__init__(app, "data")
            self.table = Table(self, "items", partition_key="PK")

    class Api(Stack):
        def __init__(self, app, data):
            super().__init__(app, "api")
            Function(self, "get", handler="functions.a.get", links=[data.table.get()], accept={"FN001": "small"})

    def app(stage):
        app = App("shop", stage)
        Api(app, Data(app))
        return app
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, "pyproject.toml", '[tool.cumulo]\nregion = "eu-central-1"\n')
    write(tmp_path, "app.py", APP)
    write(tmp_path, "functions/a.py", "def get(event, context): ...\n")
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(textwrap.dedent(text))


def test_the_same_project_gives_the_same_bytes(project: Path) -> None:
    folders = [project / "one", project / "two"]
    for folder in folders:
        synthesize_project(project, "dev", folder=folder)
    first, second = ({p.name: p.read_bytes() for p in folder.iterdir()} for folder in folders)
    assert first == second
    assert set(first) == {"manifest.json", "data.template.json", "api.template.json"}


def test_what_was_written_is_read_back(project: Path) -> None:
    written = synthesize_project(project, "dev")
    assert assembly.read(written.folder) == written


def test_stacks_stand_in_deployment_order_with_their_sources(project: Path) -> None:
    result = synthesize_project(project, "dev")
    assert [stack.id for stack in result.stacks] == ["data", "api"]
    source = result.stacks_by_id["api"].sources["GetFunction"]
    assert (source.file, source.line) == ("app.py", 12)
    assert result.stacks_by_id["api"].accepted["GetFunction"] == {"FN001": "small"}
    assert result.region == "eu-central-1"


def test_a_stack_that_left_the_app_leaves_no_template(project: Path) -> None:
    folder = synthesize_project(project, "dev").folder
    (folder / "old.template.json").write_text("{}")
    synthesize_project(project, "dev")
    assert not (folder / "old.template.json").exists()


def test_a_missing_handler_names_function_and_line(project: Path) -> None:
    write(project, "functions/a.py", "def got(event, context): ...\n")
    with pytest.raises(CumuloError) as caught:
        synthesize_project(project, "dev")
    assert "function 'get'" in str(caught.value)
    assert "app.py:12): handler 'functions.a.get': module" in str(caught.value)
    assert "got" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def app(stage): return 1", "returned int, not an App"),
        ("def application(stage): ...", "has no function 'app'"),
        ("import nothing_like_that\ndef app(stage): ...", "ModuleNotFoundError: No module named"),
        ("def app(stage)", "syntax error"),
        ("import sys\nsys.exit(3)", "app.py:2: the app ends the process with SystemExit(3)"),
        ("from cumulo import App\ndef app(s):\n    return App('X', s)", "app 'X' ({folder}/app.py:3): a name is"),
        ("from cumulo import Cors\nCors(origins=[], max_age=3)", "Cors ({folder}/app.py:2): max_age is 3"),
        ("from cumulo import CumuloError\nraise CumuloError('no')", "{folder}/app.py:2: no"),
        (
            "from cumulo import *\ndef app(s):\n    Table(Stack(App('x', s), 'y'), 't', partition_ky='PK')",
            "'partition_ky'\nhint: did you mean 'partition_key'?",
        ),
        (
            "from cumulo import *\ndef app(s):\n    HttpApi(Stack(App('x', s), 'y'), 'a').route('', 1, authorizr=1)",
            "'authorizr'\nhint: did you mean 'authorizer'?",
        ),
        ("def own(*, colour): ...\nown(color=1)", "'color'\nhint: did you mean 'colour'?"),
        ("def own(*, colour): ...\nown(zzz=1)", "'zzz'\nhint: it takes: colour"),
        ("(lambda x: x)(zzz=1)", "'zzz'\nhint: `cumulo --debug"),
        ("def app(stage):\n    1 / 0", "app.py:2: ZeroDivisionError"),
        (
            "from cumulo import App, Stack\ndef app(s):\n    a = App('x', s)\n    Stack(a, 'y')\n    return a",
            "is empty",
        ),
    ],
)
def test_a_broken_app_says_where(project: Path, code: str, says: str) -> None:
    write(project, "app.py", code)
    with pytest.raises(CumuloError) as caught:
        synthesize_project(project, "dev")
    assert says.format(folder=project) in str(caught.value)


@pytest.mark.parametrize(("app", "file"), [("app:app", "app.py"), ("infra.app:app", "infra/app.py")])
def test_an_app_that_is_not_there_is_named(project: Path, app: str, file: str) -> None:
    (project / "app.py").unlink()
    write(project, "pyproject.toml", f'[tool.cumulo]\napp = "{app}"\n')
    with pytest.raises(CumuloError) as caught:
        synthesize_project(project, "dev")
    assert (caught.value.what, caught.value.where) == (f"there is no {file}", str(project))
    assert "[tool.cumulo]" in str(caught.value.hint)


@pytest.mark.parametrize("region", ["eu-central-1", "us-gov-west-1", "ap-southeast-7", "eusc-de-east-1"])
def test_regions_are_taken(project: Path, region: str) -> None:
    assert open_project(project).stage("dev", region=region).region == region


@pytest.mark.parametrize(
    "region", ["mars", "eu-central", "EU-CENTRAL-1", "eu_central_1", "eu-central-1 ", "eu-central-1\n"]
)
def test_what_is_no_region_is_refused(project: Path, region: str) -> None:
    with pytest.raises(UsageError, match="is no AWS region") as caught:
        open_project(project).stage("dev", region=region)
    assert caught.value.where == "--region"
    write(project, "pyproject.toml", f"[tool.cumulo]\nregion = {region!r}\n")
    with pytest.raises(UsageError, match=r"pyproject.toml: .* is no AWS region"):
        open_project(project).stage("dev")


def test_a_circle_of_stacks_is_named(project: Path) -> None:
    write(
        project,
        "app.py",
        """
        from cumulo import App, Function, Queue, Stack

        def app(stage):
            app = App("shop", stage)
            one, two = Stack(app, "one"), Stack(app, "two")
            a, b = Queue(one, "a"), Queue(two, "b")
            Function(one, "f", handler="functions.a.get", links=[b])
            Function(two, "g", handler="functions.a.get", links=[a])
            return app
        """,
    )
    with pytest.raises(CumuloError, match="depend on each other in a circle: one -> two"):
        synthesize_project(project, "dev")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("[tool.cumulo]\nregoin = 'x'", "did you mean 'region'"),
        ("[tool.cumulo]\nregion = 1", "region is a int, not a str"),
        ("[tool.cumulo.stages.dev]\nproducton = true", "did you mean 'production'"),
        ("[tool.cumulo.stages.live]\n", "there is no stage 'dev'; there are: live"),
        ("[tool.cumulo", "is not TOML"),
    ],
)
def test_wrong_settings_are_named(project: Path, settings: str, says: str) -> None:
    write(project, "pyproject.toml", settings)
    with pytest.raises(CumuloError) as caught:
        synthesize_project(project, "dev")
    assert says in str(caught.value)


def test_a_stage_has_the_projects_settings_its_own_and_its_dotenv(project: Path) -> None:
    write(
        project,
        "pyproject.toml",
        """
        [tool.cumulo]
        region = "eu-central-1"
        tags = { Team = "shop" }
        [tool.cumulo.stages.live]
        production = true
        region = "eu-west-1"
        retention_days = 90
        """,
    )
    write(project, ".env.live", "# a comment\nLIMIT=7\nQUOTED='a b'\n")
    stage = open_project(project).stage("live")
    assert (stage.production, stage.region, stage.retention.days) == (True, "eu-west-1", 90)
    assert stage.settings == {"LIMIT": "7", "QUOTED": "a b"}
    assert stage.tags == {"Team": "shop"}


def test_without_declared_stages_prod_is_production(project: Path) -> None:
    opened = open_project(project)
    assert [opened.stage(name).production for name in opened.stages] == [False, False, True]


def test_the_project_is_the_nearest_one_above(project: Path) -> None:
    assert find_project(project / "functions") == project.resolve()


def test_two_projects_in_one_process_do_not_share_modules(project: Path, tmp_path_factory) -> None:
    other = tmp_path_factory.mktemp("other")
    write(other, "pyproject.toml", "[tool.cumulo]\n")
    write(other, "app.py", APP.replace('"shop"', '"other"'))
    write(other, "functions/a.py", "def get(event, context): ...\n")
    assert [synthesize_project(folder, "dev").app for folder in (project, other, project)] == ["shop", "other", "shop"]


def test_an_assembly_of_another_format_is_refused(project: Path) -> None:
    folder = synthesize_project(project, "dev").folder
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 99'))
    with pytest.raises(CumuloError, match="run `cumulo synth` again"):
        assembly.read(folder)


def test_loading_an_app_disturbs_no_import_of_another_thread(project: Path) -> None:
    """Who goes through ``sys.path`` meanwhile must not miss an entry."""
    before = sys.path
    copy = list(before)
    synthesize_project(project, "dev")
    assert sys.path is before
    assert before == copy
