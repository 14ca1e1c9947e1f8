import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo import CumuloError, Function, HttpApi, Metric, Queue
from cumulo.constructs.metric import expression

A, B, C = (Metric("shop", name, {}) for name in "abc")


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (A + B, "m1 + m2"),
        (100 * A / B, "100 * m1 / m2"),
        (100 * (A / B), "100 * m1 / m2"),
        (A / (B * C), "m1 / (m2 * m3)"),
        (A - (B - C), "m1 - (m2 - m3)"),
        (A - B - C, "m1 - m2 - m3"),
        ((A + B) * C, "(m1 + m2) * m3"),
        (1 - A / B, "1 - m1 / m2"),
        (A * -1, "m1 * (-1)"),
        (A + A, "m1 + m1"),
        (sum([A, B, C]), "m1 + m2 + m3"),
        (A.filled(0) / (A.filled(0) + B), "FILL(m1, 0) / (FILL(m1, 0) + m2)"),
    ],
)
def test_arithmetic_is_written_as_metric_math(made, text) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"""
    assert made.text() == text


def test_each_metric_has_one_id_in_the_order_of_coming() -> None:
    made = B / (A + B)
    assert [metric.name for metric in made.metrics()] == ["b", "a"]
    assert made.text(first=4) == "m4 / (m5 + m4)"


def test_arithmetic_takes_metrics_and_numbers_only() -> None:
    with pytest.raises(CumuloError, match="'5' is neither a metric nor a number"):
        A + "5"


LEAVES = st.sampled_from([A, B, C]) | st.integers(1, 9)
TREES = st.recursive(LEAVES, lambda inner: st.tuples(st.sampled_from("+-*/"), inner, inner), max_leaves=8)


def built(tree):
    if not isinstance(tree, tuple):
        return expression(tree)
    operator, left, right = tree[0], built(tree[1]), built(tree[2])
    return {"+": left.__add__, "-": left.__sub__, "*": left.__mul__, "/": left.__truediv__}[operator](right)


def value(tree, values):
    if isinstance(tree, Metric):
        return values[tree.name]
    if isinstance(tree, int):
        return float(tree)
    left, right = value(tree[1], values), value(tree[2], values)
    return {"+": left.__add__, "-": left.__sub__, "*": left.__mul__, "/": left.__truediv__}[tree[0]](right)


@given(TREES)
def test_the_text_means_what_the_arithmetic_meant(tree) -> None:
    """Metric math reads operators with the precedence that Python has."""
    made = built(tree)
    values = {"a": 3.0, "b": 5.0, "c": 7.0}
    names = {f"m{number}": values[metric.name] for number, metric in enumerate(made.metrics(), start=1)}
    try:
        meant = value(tree, values)
    except ZeroDivisionError:
        return
    assert eval(made.text(), {"__builtins__": {}}, names) == pytest.approx(meant)


@pytest.mark.parametrize(
    ("metric", "namespace", "name", "statistic"),
    [
        (lambda f, api, q: f.errors(), "AWS/Lambda", "Errors", "Sum"),
        (lambda f, api, q: f.throttles(), "AWS/Lambda", "Throttles", "Sum"),
        (lambda f, api, q: f.invocations(), "AWS/Lambda", "Invocations", "Sum"),
        (lambda f, api, q: f.duration("p95"), "AWS/Lambda", "Duration", "p95"),
        (lambda f, api, q: f.concurrent_executions(), "AWS/Lambda", "ConcurrentExecutions", "Maximum"),
        (lambda f, api, q: api.count(), "AWS/ApiGateway", "Count", "Sum"),
        (lambda f, api, q: api.errors_4xx(), "AWS/ApiGateway", "4xx", "Sum"),
        (lambda f, api, q: api.errors_5xx(), "AWS/ApiGateway", "5xx", "Sum"),
        (lambda f, api, q: api.latency(), "AWS/ApiGateway", "Latency", "p99"),
        (lambda f, api, q: q.depth(), "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum"),
        (lambda f, api, q: q.age(), "AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum"),
        (lambda f, api, q: q.dead(), "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum"),
    ],
)
def test_metrics_of_constructs(stack, metric, namespace, name, statistic) -> None:
    function = Function(stack, "get", handler="functions.a.get")
    found = metric(function, HttpApi(stack, "api"), Queue(stack, "jobs"))
    assert (found.namespace, found.name, found.statistic) == (namespace, name, statistic)
