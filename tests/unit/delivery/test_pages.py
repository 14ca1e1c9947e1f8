from pathlib import Path

import pytest

from cumulo.assembly import Assembly, StackArtifact
from cumulo.delivery.pages import pages, url_of
from cumulo.errors import UsageError

QUEUE = "https://sqs.eu-central-1.amazonaws.com/1/jobs"


def assembly(**outputs: dict[str, object]) -> Assembly:
    stacks = tuple(StackArtifact(id_, f"shop-dev-{id_}", {"Outputs": values}) for id_, values in outputs.items())
    return Assembly(Path(), Path(), "shop", "dev", False, None, None, "3.11", stacks)


def test_apis_and_outputs_that_are_urls_can_be_opened() -> None:
    outputs = {"api": {"ApiUrl": "https://a.example.com", "Version": "1", "StatusPage": "http://s.example.com"}}
    assert pages(assembly(), outputs) == {"api": "https://a.example.com", "status-page": "http://s.example.com"}


def test_what_stacks_hand_to_each_other_is_no_page() -> None:
    declared = assembly(data={"JobsQueueRef": {"Value": "x", "Export": {"Name": "data:JobsQueueRef"}}})
    assert pages(declared, {"data": {"JobsQueueRef": QUEUE}}) == {}


def test_two_pages_of_one_name_are_told_apart() -> None:
    outputs = {"api": {"Url": "https://a"}, "admin": {"Url": "https://b"}}
    assert pages(assembly(), outputs) == {"url": "https://a", "admin-url": "https://b"}


def test_a_path_goes_under_the_url() -> None:
    known = {"api": "https://a.example.com/v1/"}
    assert url_of(known, "api") == "https://a.example.com/v1/"
    assert url_of(known, "api", "/public/b/1?x=y") == "https://a.example.com/v1/public/b/1?x=y"


@pytest.mark.parametrize("path", ["public", "//evil.example.com", "https://evil.example.com", ""])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match="is no path"):
        url_of({"api": "https://a.example.com"}, "api", path)


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(UsageError) as error:
        url_of({"api": "https://a", "docs": "https://d"}, "app")
    assert error.value.hint == "there are: api, docs"
