from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cumulo.delivery.differ import Difference, PartDiff, StackDiff, as_data, compare, lines


def of(**properties: Any) -> dict[str, Any]:
    return {"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": properties}}}


def test_properties_differ_by_path() -> None:
    before = of(MemorySize=512, Environment={"Variables": {"A": "1", "B": "2"}}, Layers=["x"], Steps=[{"a": 1}])
    after = of(MemorySize=1024, Environment={"Variables": {"A": "1"}}, Layers=["x", "y"], Steps=[{"a": 2}])
    (part,) = compare(before, after)
    assert part.differences == (
        Difference("Properties.Environment.Variables.B", "2", None),
        Difference("Properties.Layers", ["x"], ["x", "y"]),
        Difference("Properties.MemorySize", 512, 1024),
        Difference("Properties.Steps[0].a", 1, 2),
    )


def test_resources_and_outputs_come_and_go() -> None:
    before = {"Resources": {"Old": {"Type": "A"}}, "Outputs": {"Url": {"Value": "x"}}}
    after = {"Resources": {"New": {"Type": "B"}}}
    assert compare(before, after) == (
        PartDiff("+", "resource", "New", "B"),
        PartDiff("-", "resource", "Old", "A"),
        PartDiff("-", "output", "Url"),
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(json_values)
def test_a_template_does_not_differ_from_itself(value: Any) -> None:
    assert compare(of(X=value), of(X=value)) == ()


@given(json_values, json_values)
def test_what_differs_one_way_differs_the_other_way(one: Any, other: Any) -> None:
    there = [d for part in compare(of(X=one), of(X=other)) for d in part.differences]
    back = [d for part in compare(of(X=other), of(X=one)) for d in part.differences]
    assert [(d.path, d.after, d.before) for d in there] == [(d.path, d.before, d.after) for d in back]


def test_lines_and_data() -> None:
    parts = compare(of(A=1, Long="x" * 100), of(B=2, Long="y" * 100))
    diffs = [StackDiff("api", "shop-dev-api", "changed", parts), StackDiff("data", "shop-dev-data", "same")]
    assert lines(diffs) == [
        "shop-dev-api: changed",
        "  ~ F AWS::Lambda::Function",
        "      - Properties.A: 1",
        "      + Properties.B: 2",
        f'      ~ Properties.Long: "{"x" * 58}… -> "{"y" * 58}…',
    ]
    assert as_data(diffs)[0]["parts"][0]["differences"][0] == {"path": "Properties.A", "before": 1, "after": None}
