from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cumulo.delivery.crossing import exports, importers_first, imports, references, with_kept


def stack(imported: list[Any] = [], exported: list[Any] = []) -> dict[str, Any]:  # noqa: B006
    return {
        "Resources": {"R": {"Properties": {"Values": [{"Fn::ImportValue": name} for name in imported]}}},
        "Outputs": {f"O{n}": {"Value": "x", "Export": {"Name": name}} for n, name in enumerate(exported)},
    }


def test_names_are_read_as_far_as_they_are_written_out() -> None:
    template = stack(
        ["data:Arn", {"Fn::Sub": "${AWS::StackName}-x"}, {"Fn::Sub": "${Other}-x"}, {"Ref": "Parameter"}],
        [{"Fn::Sub": "${AWS::StackName}:Url"}, "api:Arn", {"Fn::Join": ["-", ["a"]]}],
    )
    assert imports(template, "api") == {"data:Arn", "api-x"}
    assert exports(template, "api") == {"api:Url", "api:Arn"}


def test_a_template_without_outputs_exports_nothing() -> None:
    assert exports({"Resources": {}, "Outputs": {"Url": {"Value": "x"}}}, "api") == frozenset()
    assert exports({}, "api") == frozenset()


def test_importers_come_before_what_they_import_from() -> None:
    templates = {"data": stack([], ["d"]), "api": stack(["d"], ["a"]), "web": stack(["a", "d"])}
    assert list(importers_first(templates)) == ["web", "api", "data"]


@given(st.lists(st.sets(st.integers(0, 5)), max_size=6))
def test_the_order_holds_for_every_chain_of_imports(needs: list[set[int]]) -> None:
    """A stack imports only from earlier ones, so that there is no circle."""
    templates = {
        f"s{n}": stack([f"e{i}" for i in sorted(earlier) if i < n], [f"e{n}"]) for n, earlier in enumerate(needs)
    }
    order = list(importers_first(templates))
    assert sorted(order) == sorted(templates)
    for n, earlier in enumerate(needs):
        for i in earlier:
            if i < n:
                assert order.index(f"s{n}") < order.index(f"s{i}")


def test_stacks_that_import_in_a_circle_are_all_named() -> None:
    assert sorted(importers_first({"a": stack(["b"], ["a"]), "b": stack(["a"], ["b"])})) == ["a", "b"]


def test_a_kept_export_does_not_take_the_place_of_a_new_output() -> None:
    template = {"Outputs": {"Arn": {"Value": "new"}}}
    kept = with_kept(template, {}, {"data:Arn": ("Arn", "old"), "data:Url": ("Url", "u")})
    assert kept["Outputs"] == {
        "Arn": {"Value": "new"},
        "ArnKept": {"Value": "old", "Export": {"Name": "data:Arn"}},
        "Url": {"Value": "u", "Export": {"Name": "data:Url"}},
    }
    assert template == {"Outputs": {"Arn": {"Value": "new"}}}


def test_what_a_kept_export_names_stays_with_all_that_it_needs() -> None:
    """Whoever imports it uses it until its own turn comes."""
    role, key = {"Type": "Role"}, {"Type": "Key"}
    function = {"Type": "Function", "DependsOn": ["Key"], "Properties": {"Role": {"Fn::GetAtt": "Role.Arn"}}}
    output = {"Value": {"Fn::Sub": "${Function.Arn}:live"}, "Export": {"Name": "api:Arn"}}
    source = {"Type": "EventSourceMapping", "Properties": {"FunctionName": {"Ref": "Function"}}}
    other = {"Type": "Topic", "Properties": {"Key": {"Ref": "Role"}}}
    before = {
        "Resources": {"Function": function, "Role": role, "Key": key, "Source": source, "Other": other},
        "Outputs": {"Arn": output},
    }
    changed = {"Type": "Role", "Properties": {"Description": "new"}}
    kept = with_kept({"Resources": {"Role": changed}}, before, {"api:Arn": ("Arn", "arn")})
    resources = {"Role": changed, "Function": function, "Key": key, "Source": source}
    assert kept == {"Resources": resources, "Outputs": {"Arn": output}}


def test_every_way_to_name_a_resource_is_read() -> None:
    node = {
        "DependsOn": "A",
        "Properties": [
            {"Ref": "B"},
            {"Fn::GetAtt": "C.Arn"},
            {"Fn::Join": ["", [{"Fn::GetAtt": ["D", "Arn"]}]]},
            {"Fn::Sub": ["${E}-${Own}-${!Literal}-${AWS::Region}", {"Own": {"Ref": "F"}}]},
        ],
    }
    assert references(node) >= {"A", "B", "C", "D", "E", "F"}
    assert not references(node) & {"Literal", "AWS", "Region"}
