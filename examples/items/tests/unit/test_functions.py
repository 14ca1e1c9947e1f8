import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

CONTEXT = SimpleNamespace(aws_request_id="invocation")
PROJECT = Path(__file__).parents[2]


def get(path):
    context = {"requestId": "request", "stage": "$default", "http": {"method": "GET", "path": path}}
    return {"rawPath": path, "headers": {"accept-encoding": "gzip"}, "requestContext": context}


def test_health_answers():
    from functions.health import handler

    answer = handler(get("/health"), CONTEXT)
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"status": "ok"})


def test_health_imports_nothing():
    code = "import sys; before = set(sys.modules); import functions.health; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"functions", "functions.health"}


def test_docs_describe_every_route_and_need_no_link():
    from functions.docs import handler

    answer = handler(get("/openapi.json"), CONTEXT)
    paths = json.loads(answer["body"])["paths"]
    described = {(method, path) for path, operations in paths.items() for method in operations}
    assert described == {
        ("post", "/items"),
        ("get", "/items"),
        ("get", "/items/{id}"),
        ("patch", "/items/{id}"),
        ("delete", "/items/{id}"),
        ("get", "/health"),
    }
    assert paths["/health"]["get"]["security"] == []
    assert set(paths["/items/{id}"]["patch"]["responses"]) == {
        *("200", "400", "401", "403", "404", "409", "413", "415", "429", "500")
    }


def test_the_patterns_of_id_and_category_are_described():
    from functions.docs import document
    from items.models import SLUG

    spec = document()
    (path_id,) = spec["paths"]["/items/{id}"]["get"]["parameters"]
    assert path_id["schema"]["pattern"] == SLUG
    assert spec["components"]["schemas"]["NewItem"]["properties"]["category"]["pattern"] == SLUG


def test_the_docs_page_fits_through_lambda():
    """A synchronous answer has at most 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    from functions.docs import handler

    assert len(json.dumps(handler(get("/docs"), CONTEXT))) < 6_000_000


def test_the_item_functions_say_which_link_is_missing(monkeypatch):
    from cumulo.runtime import linked
    from cumulo.runtime.errors import MissingLinkError

    monkeypatch.delenv("API_KEY_SECRET_ARN", raising=False)
    linked.secret.cache_clear()
    with pytest.raises(MissingLinkError, match="api-key"):
        linked.secret("api-key")
