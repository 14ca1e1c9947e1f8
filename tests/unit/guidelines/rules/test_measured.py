"""COST003 and SRC017: what was measured when the stage ran, put beside what is declared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cumulo.assembly import FunctionArtifact
from cumulo.guidelines.assembled import of_templates
from cumulo.guidelines.discovery import rules
from cumulo.guidelines.engine import check
from cumulo.guidelines.facts import NOTHING, Facts, FunctionFacts
from cumulo.guidelines.source.reach import code_of
from cumulo.guidelines.system import System
from cumulo.guidelines.template.reading import TemplateFile

RULES = {rule.id: rule for rule in rules()}


def memory_findings(memory, used, *, settings=None, invocations=100):
    function = {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f", "MemorySize": memory}}
    system = of_templates([TemplateFile(Path("t.yaml"), {"Resources": {"F": function}}, {})])
    facts = Facts({"f": FunctionFacts(memory, used, invocations)})
    return list(RULES["COST003"](settings or {}, False).check(replace(system, facts=facts)))


@pytest.mark.parametrize(
    ("memory", "used", "fix"),
    [
        (1024, 90, "MemorySize: 192"),
        (512, 40, "MemorySize: 128"),
        (512, 205, None),  # 40 %
        (512, 204, "MemorySize: 320"),
        (512, 460, None),
        (512, 461, "MemorySize: 704"),
        (128, 1, None),
        (10240, 9999, None),
        (10000, 9999, "MemorySize: 10240"),
    ],
)
def test_what_to_set_is_what_was_used_and_a_half_in_steps_of_64(memory, used, fix):
    assert [finding.fix for finding in memory_findings(memory, used)] == ([fix] if fix else [])


def test_the_message_says_where_and_how_often_it_was_measured():
    (finding,) = memory_findings(1024, 90)
    assert finding.message == (
        "it has 1024 MB, and the last 100 invocations on this machine used 90 MB at most: 192 MB would do"
    )


def test_a_team_sets_how_much_counts():
    assert not memory_findings(1024, 90, settings={"low": 0.05})
    assert not memory_findings(1024, 90, settings={"invocations": 101})
    assert memory_findings(1024, 500, settings={"low": 0.5})[0].fix == "MemorySize: 768"
    assert memory_findings(1024, 90, settings={"headroom": 3.0})[0].fix == "MemorySize: 320"
    assert memory_findings(256, 200, settings={"high": 0.75})[0].fix == "MemorySize: 320"


def write(folder, **files):
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def import_findings(folder, *handlers, settings=None, facts=None):
    facts = facts or Facts(imports={"boto3": 0.09, "pydantic": 0.2})
    code = replace(code_of(folder, handlers or ["app.handler"]), facts=facts)
    return [(each.file, each.line) for each in RULES["SRC017"](settings or {}, False).check(code)]


TWO_HANDLERS = "import boto3\ndef send(e, c):\n    boto3.client('sqs')\ndef ping(e, c):\n    return 1\n"


def test_two_functions_of_one_module_of_which_one_needs_it(tmp_path):
    write(tmp_path, app=TWO_HANDLERS)
    assert import_findings(tmp_path, "app.send", "app.ping") == [("app.py", 1)]
    assert import_findings(tmp_path, "app.send") == [], "the other one is no Lambda function"
    assert import_findings(tmp_path, "app.send", "app.ping", facts=NOTHING) == []
    assert import_findings(tmp_path, "app.send", "app.ping", settings={"milliseconds": 90}) == []


def test_the_message_says_how_long_and_who(tmp_path):
    write(tmp_path, app=TWO_HANDLERS)
    code = replace(code_of(tmp_path, ["app.send", "app.ping"]), facts=Facts(imports={"boto3": 0.09}))
    (finding,) = RULES["SRC017"]({}, False).check(code)
    assert finding.message == "importing boto3 took 90 ms on this machine, and only send() needs it"
    assert finding.fix == "write `import boto3` inside send()"


def test_a_check_hands_on_what_is_known_of_the_system(tmp_path):
    write(tmp_path, app=TWO_HANDLERS)
    functions = tuple(FunctionArtifact("api", name, f"app.{name}") for name in ("send", "ping"))
    system = System((), project=tmp_path, functions=functions, facts=Facts(imports={"boto3": 0.09}))
    assert "SRC017" in [finding.rule for finding in check(system, lint=False).findings]
    assert "SRC017" not in [finding.rule for finding in check(replace(system, facts=NOTHING), lint=False).findings]


@pytest.mark.parametrize(
    "module",
    [
        "import boto3\nclient = boto3.client('s3')\n" + TWO_HANDLERS[13:],  # at import
        TWO_HANDLERS + "def other(e, c):\n    boto3\n",  # in a function that nobody calls
        TWO_HANDLERS.replace("return 1", "return boto3"),
        TWO_HANDLERS.replace("return 1", "return send(e, c)"),
        TWO_HANDLERS + "import boto3.session\n",
        TWO_HANDLERS + "from cumulo.runtime import linked\n",  # imports it anyway
        "try:\n    import boto3\nexcept ImportError:\n    boto3 = None\n" + TWO_HANDLERS[13:],
        TWO_HANDLERS + "handlers = [send, ping]\n",
        TWO_HANDLERS.replace("def send(e, c)", "def send(e: boto3.Event, c)"),
    ],
)
def test_silent_where_somebody_else_may_need_it(tmp_path, module):
    write(tmp_path, app=module)
    assert import_findings(tmp_path, "app.send", "app.ping") == []


def test_a_method_in_another_module_that_only_one_of_two_functions_calls(tmp_path):
    write(
        tmp_path,
        app="import lib\nstore = lib.Store()\ndef save(e, c):\n    store.save(e)\ndef ping(e, c):\n    return 1\n",
        lib="from pydantic import BaseModel\nclass Store:\n    def save(self, e):\n        BaseModel()\n",
    )
    assert import_findings(tmp_path, "app.save", "app.ping") == [("lib.py", 1)]
    assert import_findings(tmp_path, "app.save") == []
    write(tmp_path, more="import lib\ndef run(e, c):\n    return lib.BaseModel\n")
    assert import_findings(tmp_path, "app.save", "app.ping", "more.run") == []
    write(tmp_path, more="from lib import BaseModel\ndef run(e, c):\n    return BaseModel\n")
    assert import_findings(tmp_path, "app.save", "app.ping", "more.run") == [], "it is handed on"
