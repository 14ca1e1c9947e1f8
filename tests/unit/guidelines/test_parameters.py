"""Values of parameters as people give them on the command line.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import pytest

from cumulo.errors import UsageError
from cumulo.guidelines.parameters import check_parameters
from cumulo.guidelines.system import Stack
from cumulo.guidelines.template.values import Scope

PARAMETERS = {
    "Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]},
    "Memory": {"Type": "Number", "AllowedValues": [128, 256]},
    "Days": {"Type": "Number"},
    "Ports": {"Type": "List<Number>"},
    "Zones": {"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]},
    "Enabled": {"Type": "String", "AllowedValues": [True, False]},
    "Password": {"Type": "String", "NoEcho": True, "AllowedValues": ["one"]},
    "Odd": {"Type": ["x"], "AllowedValues": [{"a": 1}]},
    "Nothing": None,
}


def stack(parameters, name="t"):
    return Stack(name, Scope(name, {"Parameters": parameters}), f"{name}.yaml")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Stage": "prod"},
        {"Memory": "128.0", "Days": "-1e3"},
        {"Ports": "80, 443", "Zones": "a,b"},
        {"Enabled": "true"},
        {"Odd": "x", "Nothing": "x"},
    ],
)
def test_values_that_a_template_takes(given):
    check_parameters([stack(PARAMETERS)], given)


@pytest.mark.parametrize(
    ("given", "what", "hint"),
    [
        ({"Stage": "Prod"}, "Stage cannot be 'Prod'", "did you mean prod? its AllowedValues: dev, prod"),
        ({"Stage": ""}, "Stage cannot be ''", "its AllowedValues: dev, prod"),
        ({"Memory": "512"}, "Memory cannot be '512'", "its AllowedValues: 128, 256"),
        ({"Days": "ten"}, "Days is a Number, and 'ten' is none", "Days=1"),
        ({"Ports": "80,http"}, "Ports is a List<Number>, and '80,http' is none", "Ports=1"),
        ({"Zones": "a,c"}, "Zones cannot be 'a,c'", "its AllowedValues: a, b"),
        ({"Password": "geheim"}, "Password cannot be its value", "its AllowedValues: one"),
        ({"Staje": "dev"}, "no template has a parameter Staje", "did you mean Stage?"),
        ({"Xyz": "1"}, "no template has a parameter Xyz", "parameters: Days, Enabled, Memory"),
    ],
)
def test_any_other_value_is_wrong_usage(given, what, hint):
    with pytest.raises(UsageError) as problem:
        check_parameters([stack(PARAMETERS)], given)
    assert problem.value.where == "--parameter"
    assert problem.value.what == what
    assert problem.value.hint.startswith(hint)


def test_one_template_that_takes_it_is_enough():
    other = stack({"Stage": {"Type": "String"}}, "u")
    check_parameters([stack(PARAMETERS), other], {"Stage": "qa"})


def test_without_a_template_nobody_can_tell():
    check_parameters([], {"Stage": "qa"})
