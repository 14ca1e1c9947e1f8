"""What replaces functions of cfn-lint finds what they find."""

import json
import random
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.unit.guidelines.cfn_lint._worker import answers

from cumulo.guidelines.cfn_lint.speed import is_written_for

SYSTEM_TESTS = Path(__file__).parents[3] / "system"
HASTENED = "from cumulo.guidelines.cfn_lint.worker import main; main()"
AS_IT_IS = "from cumulo.guidelines.cfn_lint import speed, worker; speed.hasten = lambda: False; worker.main()"
IN_SHARES = (
    "from cumulo.guidelines.cfn_lint import shares, worker\n"
    "shares._WORTH_IT = 2; worker.processors = lambda: 3; worker.main()"
)


def judged(code: str, templates: list[dict[str, Any]]) -> list[list[str]]:
    """Return what is found in each template; in which order is hash's chance."""
    return [sorted(json.dumps(match) for match in answer) for answer in answers(code, templates)]


def spoiled(template: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return a template with mistakes of all kinds, anywhere in its resources."""
    template = deepcopy(template)
    places: list[tuple[Any, Any]] = []
    waiting = [template["Resources"]]
    while waiting:
        node = waiting.pop()
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], dict | list):
                waiting.append(node[key])
    for node, key in chance.sample(places, min(8, len(places))):
        wrong = ["nonsense", 7, True, [node[key]], {"Ref": "AWS::NoValue"}, {"Fn::GetAtt": ["Nowhere", "Arn"]}, None]
        node[key] = chance.choice(wrong)
        if isinstance(node, dict) and chance.random() < 0.2:
            node["Unknown"] = node[key]
    return template


def templates() -> list[dict[str, Any]]:
    files = sorted(SYSTEM_TESTS.glob("golden/*/prod/*.json")) + sorted(
        SYSTEM_TESTS.glob("corpus/cdk.out/**/*.template.json")
    )
    read = [json.loads(file.read_text()) for file in files]
    found = sorted((each for each in read if each.get("Resources")), key=lambda each: len(json.dumps(each)))[:12]
    return [
        each for number, template in enumerate(found) for each in (template, spoiled(template, random.Random(number)))
    ]


def test_the_installed_version_is_hastened() -> None:
    """Another one judges as well and takes longer: compare what it replaces, then add it to `WRITTEN_FOR`."""
    assert is_written_for(version("cfn-lint"))


def test_the_same_is_found() -> None:
    asked = templates()
    expected = judged(AS_IT_IS, asked)
    assert judged(HASTENED, asked) == expected
    assert len(asked) > 20
    assert len({json.loads(match)["rule"] for answer in expected for match in answer}) > 10


def test_the_same_is_found_in_shares() -> None:
    large = {"Resources": {}}
    for number, template in enumerate(templates()):
        large["Resources"] |= {f"{name}{number}": each for name, each in template["Resources"].items()}
    expected = judged(HASTENED, [large])
    assert judged(IN_SHARES, [large]) == expected
    assert len(expected[0]) > 100
