from cumulo.delivery.outputs import lines


def test_lines_have_columns_and_no_empty_stacks() -> None:
    outputs = {"api": {"Url": "u", "LongName": "l"}, "empty": {}, "data": {"Arn": "a"}}
    assert lines(outputs) == ["api", "  Url       u", "  LongName  l", "data", "  Arn       a"]
