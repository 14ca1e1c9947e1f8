"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html."""

from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cumulo.errors import CumuloError
from cumulo.local.http_api.routes import Match, RouteTable

DOCUMENTED = ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"]


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1"),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
        ("POST", "/test/5", "ANY /{proxy+}"),
    ],
)
def test_precedence_as_documented(method, path, key):
    assert RouteTable(DOCUMENTED).match(method, path).key == key
    assert RouteTable(reversed(DOCUMENTED)).match(method, path).key == key


@pytest.mark.parametrize(
    ("keys", "method", "path", "match"),
    [
        (["GET /a"], "GET", "/a", ("GET /a", {})),
        (["GET /a"], "POST", "/a", None),
        (["GET /a"], "GET", "/a/", None),
        (["GET /a"], "GET", "//a", None),
        (["GET /a"], "GET", "/A", None),
        (["GET /a", "$default"], "GET", "/b", ("$default", {})),
        (["GET /"], "GET", "/", ("GET /", {})),
        (["ANY /a", "GET /a"], "GET", "/a", ("GET /a", {})),
        (["ANY /a", "GET /a"], "PUT", "/a", ("ANY /a", {})),
        (["ANY /a/b", "GET /a/{x}"], "GET", "/a/b", ("ANY /a/b", {})),
        (["ANY /{x}", "GET /{x}"], "GET", "/a", ("GET /{x}", {"x": "a"})),
        (["ANY /{x+}", "GET /{x+}"], "GET", "/a/b", ("GET /{x+}", {"x": "a/b"})),
        (["POST /a/b", "GET /a/{x}"], "GET", "/a/b", ("GET /a/{x}", {"x": "b"})),
        (["GET /{x}/b", "GET /a/{y}"], "GET", "/a/b", ("GET /a/{y}", {"y": "b"})),
        (["GET /a/{x}"], "GET", "/a/", None),
        (["GET /a/{x}"], "GET", "/a/b/c", None),
        (["GET /a/{x}"], "GET", "/a/caf%C3%A9%20%2F", ("GET /a/{x}", {"x": "café /"})),
        (["GET /a b"], "GET", "/a%20b", ("GET /a b", {})),
        (["GET /a/{rest+}"], "GET", "/a/b/c%20d", ("GET /a/{rest+}", {"rest": "b/c d"})),
        (["GET /a/{rest+}"], "GET", "/a/", ("GET /a/{rest+}", {"rest": ""})),
        (["GET /a/{rest+}"], "GET", "/a", None),
        (["GET /a/{rest+}"], "GET", "/a//b", ("GET /a/{rest+}", {"rest": "/b"})),
        (["ANY /{p+}", "GET /a/{p+}"], "GET", "/a/b", ("GET /a/{p+}", {"p": "b"})),
        (["GET /a/{x}", "GET /a/b/{p+}"], "GET", "/a/b", ("GET /a/{x}", {"x": "b"})),
        (["GET /a/{x}/c", "GET /a/b/{p+}"], "GET", "/a/b/c", ("GET /a/{x}/c", {"x": "b"})),
    ],
)
def test_match(keys, method, path, match):
    assert RouteTable(keys).match(method, path) == (Match(*match) if match else None)


@pytest.mark.parametrize("key", ["", "GET", "/a", "get /a", "FETCH /a", "GET a", "GET /{a", "GET /x{a}", "GET /{}"])
def test_a_key_that_is_no_route_is_refused(key):
    with pytest.raises(CumuloError, match="route"):
        RouteTable([key])


def test_a_greedy_variable_must_be_last():
    with pytest.raises(CumuloError, match="end of the path"):
        RouteTable(["GET /{a+}/b"])


def test_the_same_route_twice_is_refused():
    with pytest.raises(CumuloError, match="twice"):
        RouteTable(["GET /a", "GET /a"])


def parts(key):
    return key.partition(" ")[2].split("/")[1:]


def fits(key, values):
    segments = parts(key)
    if segments[-1].endswith("+}"):
        if len(values) < len(segments):
            return False
    elif len(values) != len(segments):
        return False
    pairs = zip(segments, values, strict=False)
    return all(value or s.endswith("+}") if s.startswith("{") else s == value for s, value in pairs)


def reference(keys, method, path):
    """The documentation's three steps, one after the other, tried with every route."""
    values = [unquote(value) for value in path.split("/")[1:]]
    matching = [k for k in keys if k != "$default" and k.split(" ")[0] in (method, "ANY") and fits(k, values)]
    full = [k for k in matching if not k.endswith("+}")]
    best = full or matching
    # The most specific: position by position, those with a literal push out those with a variable, …
    for position in range(10):
        for specific in (
            lambda s: not s.startswith("{"),
            lambda s: s.startswith("{") and not s.endswith("+}"),
        ):
            kept = [k for k in best if position < len(parts(k)) and specific(parts(k)[position])]
            if kept:
                best = kept
                break
    # … and an exact method pushes out ANY.
    best = [k for k in best if not k.startswith("ANY ")] or best
    if best:
        return best
    return ["$default"] if "$default" in keys else []


_segments = st.sampled_from(["a", "b", "", "{x}", "{y}"])
_patterns = st.builds(
    lambda method, segments, greedy: f"{method} /" + "/".join([*segments, *greedy]),
    st.sampled_from(["GET", "POST", "ANY"]),
    st.lists(_segments, max_size=3),
    st.sampled_from([[], ["{z+}"]]),
)
_keys = st.lists(st.one_of(_patterns, st.just("$default")), unique=True, max_size=8)
_paths = st.lists(st.sampled_from(["a", "b", "", "c", "%61", "d/e"]), min_size=1, max_size=4).map(
    lambda parts: "/" + "/".join(part if part == "%61" else quote(part, safe="") for part in parts)
)


@settings(max_examples=500)
@given(_keys, st.sampled_from(["GET", "POST", "PUT"]), _paths)
def test_matches_like_a_slow_reading_of_the_documentation(keys, method, path):
    match = RouteTable(keys).match(method, path)
    expected = reference(keys, method, path)
    assert (match.key in expected) if match else not expected


@given(st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=3))
def test_a_path_parameter_is_what_the_client_encoded(values):
    key = "GET /" + "/".join(f"{{p{i}}}" for i in range(len(values)))
    path = "/" + "/".join(quote(value, safe="") for value in values)
    assert RouteTable([key]).match("GET", path).parameters == {f"p{i}": v for i, v in enumerate(values)}
