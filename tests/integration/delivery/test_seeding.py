from pathlib import Path

import pytest

from cumulo.assembly import Assembly
from cumulo.delivery.seeding import seed
from cumulo.delivery.session import Target
from cumulo.errors import CumuloError, UsageError
from cumulo.synth import open_project

from .conftest import Ship, Shop
from .templates import exported, table, template

DATA = template({"Items": table("shop-dev-items")}, ItemsRef=exported("shop-dev-data:Items", {"Ref": "Items"}))
SCRIPT = """
from words import WORDS

def seed(stage):
    assert stage.outputs == {"data": {"ItemsRef": "shop-dev-items"}}
    table = stage.session.resource("dynamodb").Table(stage.resources["data"]["Items"])
    for word in WORDS:
        table.put_item(Item={"PK": word})
    stage.say(f"{stage.app} {stage.stage}: {len(WORDS)} items")
"""


@pytest.fixture
def deployed(ship: Ship, shop: Shop) -> Assembly:
    ship(data=DATA)
    (shop.folder / "pyproject.toml").write_text("[tool.cumulo]\n")
    (shop.folder / "scripts").mkdir()
    return shop.assembly({"data": DATA})


def test_the_script_is_called_with_the_stage(deployed: Assembly, target: Target) -> None:
    folder = deployed.project
    (folder / "scripts/seed.py").write_text(SCRIPT)
    (folder / "words.py").write_text("WORDS = ['a', 'b']\n")
    said: list[str] = []
    seed(open_project(folder), deployed, target, said.append)
    assert said == ["shop dev: 2 items"]
    dynamodb = target.session.client("dynamodb")
    assert dynamodb.scan(TableName="shop-dev-items")["Count"] == 2
    dynamodb.close()


def test_another_script_may_be_declared(deployed: Assembly, target: Target) -> None:
    folder = deployed.project
    (folder / "pyproject.toml").write_text('[tool.cumulo]\nseed = "tools.fill:run"\n')
    (folder / "tools").mkdir()
    (folder / "tools/fill.py").write_text("def run(stage):\n    stage.say('filled')\n")
    said: list[str] = []
    seed(open_project(folder), deployed, target, said.append)
    assert said == ["filled"]


@pytest.mark.parametrize(
    ("script", "line", "what"),
    [
        ("def seed(stage):\n    {}['colour']\n", 2, "KeyError: 'colour'"),
        ("def seed(stage):\n    stage.session.client('sqs').get_queue_url(QueueName='no')\n", 2, "does not exist"),
        ("import sys\n\ndef seed(stage):\n    sys.exit(3)\n", 4, "SystemExit(3)"),
        ("def seed(stage)\n", 1, "syntax error"),
    ],
)
def test_a_script_that_fails_names_its_line(
    deployed: Assembly, target: Target, script: str, line: int, what: str
) -> None:
    file = deployed.project / "scripts/seed.py"
    file.write_text(script)
    with pytest.raises(CumuloError) as error:
        seed(open_project(deployed.project), deployed, target, print)
    assert what in error.value.what
    assert error.value.where == f"{file}:{line}"


def test_a_missing_script_says_what_to_write(deployed: Assembly, target: Target) -> None:
    with pytest.raises(CumuloError, match="there is no seed script") as error:
        seed(open_project(deployed.project), deployed, target, print)
    assert "def seed(stage)" in (error.value.hint or "")


@pytest.mark.parametrize(("where", "error"), [("scripts.seed", UsageError), ("scripts.seed:fill", CumuloError)])
def test_a_wrong_declaration_is_told(deployed: Assembly, target: Target, where: str, error: type[CumuloError]) -> None:
    (deployed.project / "pyproject.toml").write_text(f'[tool.cumulo]\nseed = "{where}"\n')
    (deployed.project / "scripts/seed.py").write_text("def seed(stage):\n    pass\n")
    with pytest.raises(error, match="seed"):
        seed(open_project(deployed.project), deployed, target, print)


def test_what_is_not_deployed_is_not_seeded(shop: Shop, target: Target) -> None:
    folder: Path = shop.folder
    (folder / "pyproject.toml").write_text("[tool.cumulo]\n")
    (folder / "scripts").mkdir()
    (folder / "scripts/seed.py").write_text("def seed(stage):\n    raise RuntimeError\n")
    with pytest.raises(CumuloError, match="nothing of 'shop' is deployed"):
        seed(open_project(folder), shop.assembly({"data": DATA}), target, print)
