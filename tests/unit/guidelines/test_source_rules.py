"""Each source rule over its fixtures: a line with ``# finding`` has one, and no other line does."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.guidelines.measured import facts_of

from cumulo.guidelines.discovery import source_rules
from cumulo.guidelines.source.reach import code_of

FIXTURES = Path(__file__).parent / "fixtures"
RULES = {rule.id: rule for rule in source_rules()}
CASES = [(rule, kind) for rule in RULES for kind in ("good", "bad", "edge")]


def judge(rule, folder, handler="app.handler"):
    code = replace(code_of(folder, [handler]), facts=facts_of(FIXTURES / rule))
    return list(RULES[rule]({}, False).check(code))


@pytest.mark.parametrize(("rule", "kind"), CASES)
def test_findings_are_where_the_fixture_says(rule, kind):
    folder = FIXTURES / rule / kind
    marked = [
        number
        for number, line in enumerate((folder / "app.py").read_text().splitlines(), 1)
        if line.endswith("# finding")
    ]
    assert sorted(finding.line for finding in judge(rule, folder)) == marked
    assert bool(marked) is (kind == "bad") or kind == "edge"


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_rule_explains_itself(rule):
    assert rule.title
    assert rule.why
    assert rule.fix
    assert rule.__doc__


def write(folder, **files):
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/').replace('INIT', '__init__')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def lines(folder, handler="app.handler"):
    return [(finding.file, finding.line) for finding in judge("SRC004", folder, handler)]


def test_a_call_is_followed_into_the_projects_own_modules(tmp_path):
    write(
        tmp_path,
        functions__items="from lib import store\nfrom lib.store import save as keep\ndef create(e, c):\n    keep(e)\n",
        lib__INIT="",
        lib__store="def save(e):\n    print(e)\ndef unused(e):\n    print(e)\n",
    )
    assert lines(tmp_path, "functions.items.create") == [("lib/store.py", 2)]


def test_relative_imports_and_reexports_are_followed(tmp_path):
    write(
        tmp_path,
        functions__INIT="",
        functions__items="from . import store\nfrom ..lib import save\ndef create(e, c):\n    store.a()\n    save()\n",
        functions__store="def a():\n    print(1)\n",
    )
    assert lines(tmp_path, "functions.items.create") == [("functions/store.py", 2)]
    write(
        tmp_path,
        app="import pack\ndef handler(e, c):\n    pack.run()\n",
        pack__INIT="from pack.inner import run\n",
        pack__inner="def run():\n    print(1)\n",
    )
    assert lines(tmp_path) == [("pack/inner.py", 2)]


def test_methods_of_objects_that_are_passed_on_are_followed(tmp_path):
    write(
        tmp_path,
        app="from repo import Items\nfrom service import create\nitems = Items()\n"
        "def handler(e, c):\n    create(items)\n",
        service="def create(repository):\n    repository.save()\n",
        repo="class Base:\n    def save(self):\n        self._log()\n    def _log(self):\n        print(1)\n"
        "class Items(Base):\n    pass\nclass Users(Base):\n    def save(self):\n        print(2)\n",
    )
    assert lines(tmp_path) == [("repo.py", 5)]


def test_routes_of_a_router_in_another_module_are_reached(tmp_path):
    write(
        tmp_path,
        app="from kit import App\nfrom routes import router\napp = App()\napp.include(router)\n"
        "def handler(e, c):\n    return app.resolve(e, c)\n",
        routes="from kit import Router\nrouter = Router()\n@router.get('/items')\ndef items():\n    print(1)\n",
    )
    assert lines(tmp_path) == [("routes.py", 5)]


def test_functions_that_are_handed_over_are_reached(tmp_path):
    write(tmp_path, app="def record(r):\n    print(r)\ndef handler(e, c):\n    return list(map(record, e))\n")
    assert lines(tmp_path) == [("app.py", 2)]


def test_modules_that_import_each_other_end(tmp_path):
    write(
        tmp_path,
        app="import b\nx = b.y\ndef handler(e, c):\n    x.scan()\n    b.back()\n",
        b="import app\ny = app.x\ndef back():\n    return app.handler(1, 2)\n",
    )
    assert lines(tmp_path) == []
    assert judge("SRC003", tmp_path) == []


def test_a_file_that_does_not_parse_is_said_and_the_rest_is_judged(tmp_path):
    write(tmp_path, app="import broken\ndef handler(e, c):\n    print(e)\n", broken="def f(:\n")
    code = code_of(tmp_path, ["app.handler"])
    assert [problem.where for problem in code.project.problems] == ["broken.py:1"]
    assert lines(tmp_path) == [("app.py", 3)]


def test_bytes_that_are_no_python_are_said(tmp_path):
    write(tmp_path, app="import odd\nimport latin\ndef handler(e, c):\n    print(e)\n")
    (tmp_path / "odd.py").write_bytes(b"x = 1\0")
    (tmp_path / "latin.py").write_bytes("name = 'Grüße'\n".encode("latin-1"))
    problems = {problem.where: problem for problem in code_of(tmp_path, ["app.handler"]).project.problems}
    assert set(problems) == {"odd.py:1", "latin.py:1"}
    assert problems["latin.py:1"].what == "is not UTF-8 (byte 0xfc)"
    assert "declare its coding in its first line" in problems["latin.py:1"].hint


def test_a_declared_latin_1_file_is_read(tmp_path):
    write(tmp_path, app="import latin\ndef handler(e, c):\n    latin.f()\n")
    (tmp_path / "latin.py").write_bytes("# coding: latin-1\ndef f():\n    print('Grüße')\n".encode("latin-1"))
    assert lines(tmp_path) == [("latin.py", 3)]


def test_a_loop_of_symbolic_links_ends(tmp_path):
    write(tmp_path, app="import loop\ndef handler(e, c):\n    print(e)\n")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    assert lines(tmp_path) == [("app.py", 3)]


def test_a_module_that_cannot_be_read_is_said_once_and_the_rest_is_judged(tmp_path):
    imports = "import pipe\nimport loop\nfrom ring.a import b\nimport gone\n"
    write(tmp_path, app=f"{imports}def handler(e, c):\n    print(e)\n")
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    (tmp_path / "gone").mkdir()
    code = code_of(tmp_path, ["app.handler"])
    assert [(problem.where, problem.what) for problem in code.project.problems] == [
        ("pipe.py", "is no regular file"),
        ("loop.py", "cannot be read (Too many levels of symbolic links)"),
        ("ring", "cannot be read (Too many levels of symbolic links)"),
    ]
    assert lines(tmp_path) == [("app.py", 6)]


def test_a_folder_that_may_not_be_entered_is_said_once(open_to_all, nobody):
    write(open_to_all, app="from shut import a\nfrom shut.b import c\ndef handler(e, c):\n    print(e)\n", shut__a="")
    (open_to_all / "shut").chmod(0)
    with nobody():
        code = code_of(open_to_all, ["app.handler"])
    assert [(problem.where, problem.what) for problem in code.project.problems] == [
        ("shut", "cannot be read (Permission denied)")
    ]


def test_a_handler_that_does_not_exist_has_no_code(tmp_path):
    assert code_of(tmp_path, ["nowhere.handler", "", "..."]).functions == ()
