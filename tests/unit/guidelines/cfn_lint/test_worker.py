"""cfn-lint's process: the same answers however it is imported and however many processes judge."""

import random
import subprocess
import sys

import pytest
from tests.unit.guidelines.cfn_lint._worker import answers

ORDINARY = "import sympy; from cumulo.guidelines.cfn_lint.worker import main; main()"
QUICK = "from cumulo.guidelines.cfn_lint.worker import main; main()"
PARAMETERS = {
    "Stage": {"Type": "String", "AllowedValues": ["dev", "test", "prod"]},
    "Size": {"Type": "String", "AllowedValues": ["small", "large"], "Default": "small"},
    "Name": {"Type": "String"},
}


def _test(chance: random.Random, depth: int, names: list[str]) -> dict:
    """Make a condition: what it says is chance's, that some can never be met is meant."""
    kinds = ["Fn::Equals", "Condition"] if depth == 0 else ["Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not", "Condition"]
    kind = chance.choice(kinds)
    if kind == "Condition" and names:
        return {"Condition": chance.choice(names)}
    if kind in ("Fn::And", "Fn::Or"):
        return {kind: [_test(chance, depth - 1, names) for _ in range(chance.randint(2, 3))]}
    if kind == "Fn::Not":
        return {kind: [_test(chance, depth - 1, names)]}
    parameter = chance.choice(list(PARAMETERS))
    words = PARAMETERS[parameter].get("AllowedValues", ["a", "b"])
    left = {"Ref": parameter} if chance.random() < 0.9 else "constant"
    return {"Fn::Equals": [left, chance.choice([*words, "never"])]}


def _template(seed: int) -> dict:
    chance = random.Random(seed)
    names = [f"C{number}" for number in range(chance.randint(2, 5))]
    conditions: dict[str, dict] = {}
    for name in names:
        conditions[name] = _test(chance, 2, list(conditions))
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue", "Condition": chance.choice(names)},
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Condition": chance.choice(names),
            "Properties": {
                "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
                "BillingMode": {"Fn::If": [chance.choice(names), "PAY_PER_REQUEST", "PROVISIONED"]},
                "ProvisionedThroughput": {
                    "Fn::If": [
                        chance.choice(names),
                        {"Ref": "AWS::NoValue"},
                        {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
                    ]
                },
            },
        },
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {
                "DisplayName": {
                    "Fn::If": [
                        chance.choice(names),
                        {"Fn::If": [chance.choice(names), {"Ref": "Queue"}, "x"]},
                        {"Fn::GetAtt": ["Table", "Arn"]},
                    ]
                },
                "NoSuchThing": {"Fn::If": [chance.choice(names), 1, {"Ref": "AWS::NoValue"}]},
            },
        },
    }
    rules = {"R": {"RuleCondition": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]}, "Assertions": []}}
    output = {"Url": {"Value": {"Ref": "Queue"}, "Condition": chance.choice(names)}}
    return {
        "Parameters": PARAMETERS,
        "Conditions": conditions,
        "Resources": resources,
        "Outputs": output,
        **({"Rules": rules} if chance.random() < 0.5 else {}),
    }


def test_conditions_are_judged_alike_with_all_of_sympy_and_with_its_logic_alone():
    templates = [_template(seed) for seed in range(16)]
    ordinary = answers(ORDINARY, templates)
    assert answers(QUICK, templates) == ordinary
    found = {match["rule"] for answer in ordinary for match in answer}
    assert {"E3002", "W1001", "W1028", "W8001"} <= found, "the templates have what only conditions tell"


def test_conditions_that_nobody_declared_are_judged_alike_too():
    """No section of the template tells that sympy is needed."""
    declared = [_template(seed) for seed in range(16, 22)]
    templates = [{key: template[key] for key in ("Parameters", "Resources")} for template in declared]
    ordinary = answers(ORDINARY, templates)
    assert answers(QUICK, templates) == ordinary
    assert all(ordinary)


def test_only_sympys_logic_is_imported_until_more_is_asked_for():
    code = (
        "import sys; from cumulo.guidelines.cfn_lint.sympy_import import put_off; put_off(); import cfnlint.runner;"
        "print('sympy.polys' in sys.modules);"
        "import sympy; from sympy import solve; print(solve(sympy.Symbol('x') - 1), sympy.And is sympy.logic.And)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "[1]", "True"]


def test_a_sympy_that_is_built_otherwise_is_imported_as_usual(tmp_path):
    package = tmp_path / "sympy"
    package.mkdir()
    (package / "__init__.py").write_text("import sympy.core\nAnd = 'another'\n")
    (package / "core.py").write_text("")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from cumulo.guidelines.cfn_lint.sympy_import import put_off\n"
        "put_off(); print(*[name for name in sys.modules if 'sympy' in name]); from sympy import And; print(And)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["cumulo.guidelines.cfn_lint.sympy_import", "another"]


@pytest.mark.parametrize("count", [1, 3])
def test_each_template_has_its_own_answer_in_their_order(count):
    wrong = [
        {"Resources": {f"Q{n}": {"Type": "AWS::SQS::Queue", "Properties": {f"Wrong{n}": n}}}} for n in range(count)
    ]
    found = answers(QUICK, wrong)
    assert [[match["rule"] for match in answer] for answer in found] == [["E3002"]] * count
    assert all(f"Wrong{n}" in answer[0]["message"] for n, answer in enumerate(found))


def test_the_same_mistake_is_found_in_each_place():
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"Wrong": 1}}
    (answer,) = answers(QUICK, [{"Resources": {"A": queue, "B": queue}}])
    assert [match["path"][1] for match in answer if match["rule"] == "E3002"] == ["A", "B"]


def test_a_template_that_fails_for_want_of_sympy_is_judged_again_with_all_of_it():
    code = (
        "from cumulo.guidelines.cfn_lint.sympy_import import complete, put_off; put_off()\n"
        "from cumulo.guidelines.cfn_lint.worker import _lint\n"
        "class Runner:\n"
        "    times = 0\n"
        "    def validate_template(self, template):\n"
        "        self.times += 1\n"
        "        from sympy import Equivalent, Not, Symbol\n"
        "        return [] if Equivalent(Symbol('x'), Not(Symbol('y'))) else None\n"
        "from cumulo.guidelines.cfn_lint.shares import Share\n"
        "runner = Runner(); runner.rules = {}; print(_lint(runner, Share({}, 0)), runner.times, complete())"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["[]", "2", "False"]
