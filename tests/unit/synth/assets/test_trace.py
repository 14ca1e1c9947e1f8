"""Tracing: what a handler needs of the project, and nothing else."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cumulo.errors import CumuloError
from cumulo.synth.assets.cache import Cache
from cumulo.synth.assets.environment import Environment
from cumulo.synth.assets.sources import Sources
from cumulo.synth.assets.trace import trace

HANDLER = "def handle(event, context): ..."


def files(sources, handler="functions.items.create"):
    return list(trace(handler, sources).files)


def test_only_what_the_handler_imports_is_taken(sources_of):
    sources = sources_of(
        {
            "app.py": "import infra",
            "infra/__init__.py": "",
            "tests/test_items.py": "import functions.items",
            "functions/__init__.py": "",
            "functions/items.py": "import shared.db",
            "functions/other.py": "",
            "shared/__init__.py": "",
            "shared/db.py": "import json",
            "shared/unused.py": "",
            ".venv/lib/python/site-packages/x.py": "",
        }
    )
    assert files(sources) == ["functions/__init__.py", "functions/items.py", "shared/__init__.py", "shared/db.py"]


def test_infra_is_taken_when_the_function_imports_it(sources_of):
    sources = sources_of({"functions/items.py": "import infra.names", "infra/names.py": "", "infra/api.py": ""})
    assert files(sources) == ["functions/items.py", "infra/names.py"]


def test_relative_imports_and_imports_of_members_are_followed(sources_of):
    sources = sources_of(
        {
            "functions/__init__.py": "",
            "functions/items.py": "from . import common\nfrom .sub import deep, NAME\nfrom .sub.deep import x",
            "functions/common.py": "",
            "functions/sub/__init__.py": "NAME = 1",
            "functions/sub/deep.py": "from ..late import y",
            "functions/late.py": "y = 1",
        }
    )
    assert files(sources) == [
        "functions/__init__.py",
        "functions/common.py",
        "functions/items.py",
        "functions/late.py",
        "functions/sub/__init__.py",
        "functions/sub/deep.py",
    ]


def test_a_star_import_takes_the_modules_in_all(sources_of):
    sources = sources_of(
        {
            "functions/items.py": "from models import *",
            "models/__init__.py": '__all__ = ["a"]',
            "models/a.py": "",
            "models/b.py": "",
        }
    )
    assert files(sources) == ["functions/items.py", "models/__init__.py", "models/a.py"]


def test_circular_imports_end(sources_of):
    sources = sources_of({"a.py": "import b", "b.py": "import a"})
    assert files(sources, "a.handle") == ["a.py", "b.py"]


def test_imports_of_packages_are_told_with_their_place(sources_of):
    sources = sources_of({"a.py": "import json\n\nfrom pydantic.main import BaseModel"}, frozenset({"pydantic"}))
    (external,) = trace("a.handle", sources).externals
    assert (external.module, external.names, external.where) == ("pydantic.main", ("BaseModel",), "a.py:3")


def test_an_import_needed_anywhere_is_not_optional(sources_of):
    sources = sources_of({"a.py": "try:\n    import x\nexcept ImportError: ...\nimport b", "b.py": "import x"})
    (external,) = trace("a.handle", sources).externals
    assert (external.where, external.optional) == ("b.py:1", False)


def test_a_folder_named_as_a_package_yields_to_the_package(sources_of):
    """Python prefers a regular package anywhere on the path to a folder without __init__.py (PEP 420)."""
    sources = sources_of(
        {"a.py": "import requests, json", "requests/one.json": "{}", "json/x.py": ""}, frozenset({"requests"})
    )
    traced = trace("a.handle", sources)
    assert list(traced.files) == ["a.py"]
    assert [e.module for e in traced.externals] == ["requests"]


def test_a_module_of_the_project_shadows_the_standard_library(sources_of):
    """/var/task comes first on the path of Lambda's Python."""
    assert files(sources_of({"a.py": "import calendar", "calendar.py": ""}), "a.handle") == ["a.py", "calendar.py"]


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("import shared.nope", "shared.nope"),
        ("from functions.nope import x", "functions.nope"),
        ("from space import nope", "space.nope"),
    ],
)
def test_a_first_party_import_of_nothing_names_its_line(sources_of, statement, missing):
    sources = sources_of({"functions/items.py": f"\n{statement}", "shared/__init__.py": "", "space/x.py": ""})
    with pytest.raises(CumuloError, match=rf"^functions/items.py:2: imports '{missing}', which does not exist"):
        files(sources)


def test_an_optional_first_party_import_of_nothing_is_fine(sources_of):
    source = "try:\n    import shared.nope\nexcept ImportError: ..."
    assert files(sources_of({"a.py": source, "shared/__init__.py": ""}), "a.handle") == ["a.py"]


def test_a_relative_import_out_of_the_project_is_refused(sources_of):
    with pytest.raises(CumuloError, match=r"a/b.py:1: a relative import leads out"):
        files(sources_of({"a/b.py": "from ... import c"}), "a.b.handle")


def test_the_runtime_is_taken_and_nothing_else_of_cumulo(sources_of):
    taken = files(sources_of({"a.py": "import cumulo.runtime"}), "a.handle")
    assert {"a.py", "cumulo/__init__.py", "cumulo/runtime/__init__.py"} <= set(taken)
    assert {name for name in taken if not name.startswith("cumulo/runtime/")} == {"a.py", "cumulo/__init__.py"}


@pytest.mark.parametrize("statement", ["from cumulo import App", "import cumulo.constructs.table", "import cumulo"])
def test_declarations_are_not_shipped(sources_of, statement):
    with pytest.raises(CumuloError, match=r"a\.py:1: a function imports 'cumulo.*for declaring"):
        files(sources_of({"a.py": statement}), "a.handle")


def test_data_files_of_imported_packages_are_taken(sources_of):
    sources = sources_of(
        {
            "a.py": "import mail.send",
            "README.md": "of the project, not of a package",
            "mail/__init__.py": "",
            "mail/send.py": "",
            "mail/schema.json": "{}",
            "mail/templates/welcome.html": "<p>",
            "mail/templates/de/welcome.html": "<p>",
            "mail/py.typed": "",
            "mail/.env.dev": "SECRET=1",
            "mail/local.env": "SECRET=1",
            "mail/.hidden/x": "",
            "mail/__pycache__/x.json": "",
            "mail/tests/test_mail.py": "",
            "mail/tests/data.json": "{}",
            "other/__init__.py": "",
            "other/data.json": "{}",
        }
    )
    assert files(sources, "a.handle") == [
        "a.py",
        "mail/__init__.py",
        "mail/schema.json",
        "mail/send.py",
        "mail/templates/de/welcome.html",
        "mail/templates/welcome.html",
    ]


def test_a_private_key_is_refused(sources_of):
    key = "-----BEGIN " + "PRIVATE KEY-----\nx\n"
    with pytest.raises(CumuloError, match=r"a/sign.pem: holds a private key"):
        files(sources_of({"a/__init__.py": HANDLER, "a/sign.pem": key}), "a.handle")


@pytest.mark.parametrize("name", ["data.json", "module.py"])
def test_a_link_out_of_the_project_is_refused(sources_of, tmp_path, name):
    sources = sources_of({"a/__init__.py": "from a import module" if name == "module.py" else ""})
    (tmp_path / "outside").write_text("secret")
    (sources.project / "a" / name).symlink_to(tmp_path / "outside")
    with pytest.raises(CumuloError, match=rf"a/{name}: is a link that leads out of the project"):
        files(sources, "a.handle")


def test_a_link_within_the_project_is_taken_as_a_file(sources_of):
    sources = sources_of({"a/__init__.py": HANDLER, "data/x.json": "{}"})
    (sources.project / "a/x.json").symlink_to("../data/x.json")
    assert trace("a.handle", sources).files["a/x.json"].data == b"{}"


def test_a_broken_link_and_a_linked_folder_are_refused(sources_of):
    sources = sources_of({"a/__init__.py": HANDLER, "data/x.json": "{}"})
    (sources.project / "a/loop").symlink_to("..")
    with pytest.raises(CumuloError, match="a/loop: is a link to a folder"):
        files(sources, "a.handle")
    (sources.project / "a/loop").unlink()
    (sources.project / "a/gone").symlink_to("nowhere")
    with pytest.raises(CumuloError, match="a/gone: cannot be read"):
        files(Sources(sources.project, sources.environment, sources.cache), "a.handle")


def test_a_pipe_is_not_read(sources_of):
    sources = sources_of({"a/__init__.py": HANDLER})
    os.mkfifo(sources.project / "a/pipe")
    assert files(sources, "a.handle") == ["a/__init__.py"]


def test_a_source_is_parsed_again_only_when_it_changed(sources_of):
    sources = sources_of({"a.py": "import b", "b.py": ""})
    files(sources, "a.handle")
    sources.remember()
    before = sources.cache.get("imports-1")
    again = Sources(sources.project, sources.environment, sources.cache)
    files(again, "a.handle")
    again.remember()
    assert sources.cache.get("imports-1") == before
    (sources.project / "b.py").write_text("import c")
    (sources.project / "c.py").write_text("")
    assert files(Sources(sources.project, sources.environment, sources.cache), "a.handle") == ["a.py", "b.py", "c.py"]


NAMES = st.sampled_from([f"m{number}" for number in range(8)])


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=st.dictionaries(NAMES, st.sets(NAMES, max_size=3), min_size=8, max_size=8), start=NAMES)
def test_a_trace_is_the_least_fixpoint_of_importing(tmp_path_factory, graph, start):
    """What a traced module imports is traced, and what is traced is reached from the handler."""
    project = tmp_path_factory.mktemp("project")
    for name, imported in graph.items():
        (project / f"{name}.py").write_text("".join(f"import {other}\n" for other in sorted(imported)))
    sources = Sources(project, Environment((), frozenset()), Cache(project / ".cache"))
    traced = trace(f"{start}.handle", sources).modules
    reached = {start}
    while more := {other for name in reached for other in graph[name]} - reached:
        reached |= more
    assert traced == reached
