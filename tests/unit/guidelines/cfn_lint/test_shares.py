"""Each resource is judged in exactly one share, and what the shares find is put together again."""

from hypothesis import given
from hypothesis import strategies as st

from cumulo.guidelines.cfn_lint.shares import Share, divide, unite


def template(types: list[str]) -> dict[str, object]:
    return {"Resources": {f"R{number}": {"Type": kind} for number, kind in enumerate(types)}}


@given(st.lists(st.sampled_from("ABCDEFG"), min_size=40, max_size=80), st.integers(2, 4))
def test_each_type_is_taken_by_one_share(types, processes):
    shares = divide([template(types)], processes)
    assert 1 <= len(shares) <= processes
    # A type that a transform may make is taken, too: by the share that judges all besides.
    for kind in {*types, "AWS::Made::Later"}:
        assert sum(share.takes(kind) for share in shares) == 1


def test_only_a_large_template_that_outweighs_the_others_is_divided():
    large, small = template(["A", "B"] * 30), template(["A", "B"])
    assert len(divide([large], 2)) == 2
    assert len(divide([large], 1)) == 1
    assert len(divide([small], 2)) == 1
    assert len(divide([large, large], 2)) == 2
    assert [share.position for share in divide([small, large], 2)] == [0, 1, 1]


def test_what_shares_find_is_put_together_and_told_once():
    shares = [Share({}, 0), Share({}, 1), Share({}, 1, only=frozenset("A"))]
    one, two, three = ({"rule": rule} for rule in ("E1", "E2", "E3"))
    assert unite(shares, [[one], [two], [two, three]]) == [[one], [two, three]]
    assert unite(shares, [[one], [two], "it died"]) == [[one], "it died"]
