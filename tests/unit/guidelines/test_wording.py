from __future__ import annotations

import pytest

from cumulo.guidelines.wording import together


@pytest.mark.parametrize(
    ("names", "phrase"),
    [
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C"], "A, B and C"),
        (["A", "B", "C", "D"], "A, B, C and 1 more"),
    ],
)
def test_the_first_few_are_named_and_the_rest_is_counted(names, phrase):
    assert together(names) == phrase
