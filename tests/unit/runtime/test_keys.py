from hypothesis import given
from hypothesis import strategies as st

from cumulo.runtime.keys import Schema, key

PARTS = st.lists(st.text(), min_size=1, max_size=3)


@given(PARTS, PARTS)
def test_different_values_never_make_the_same_key(one, other):
    assert (key("ITEM", *one) == key("ITEM", *other)) == (one == other)


@given(st.text())
def test_a_value_cannot_add_a_part(value):
    assert key("ITEM", value).count("#") == 1


def test_schema_names_all_key_attributes():
    schema = Schema(partition_key="pk", sort_key="sk", indexes={"ByDate": ("pk", "date")})
    assert schema.attributes() == ("pk", "sk")
    assert schema.attributes("ByDate") == ("pk", "date")
    assert schema.all_attributes() == {"pk", "sk", "date"}
