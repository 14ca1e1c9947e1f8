"""Whether a handler exists."""

import pytest

from cumulo.errors import CumuloError
from cumulo.synth.assets.handlers import check_handler

ITEMS = """
from other import borrowed, x as renamed
import functools
def create(event, context): ...
@decorated
def delete(event, context): ...
update = functools.partial(create)
if True:
    def conditional(event, context): ...
class Callable: ...
async def late(event, context): ...
def _private(): ...
"""


@pytest.fixture
def project(write):
    return write(
        {"functions/items.py": ITEMS, "functions/stars.py": "from x import *", "handler.py": "def run(e, c): ..."}
    )


@pytest.mark.parametrize("name", ["create", "delete", "update", "conditional", "borrowed", "renamed", "Callable"])
def test_a_name_that_the_module_binds_is_a_handler(project, name):
    check_handler(project, f"functions.items.{name}")


@pytest.mark.parametrize("handler", ["handler.run", "functions/items.create", "functions.stars.anything"])
def test_lambdas_spellings_are_understood(project, handler):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html"""
    check_handler(project, handler)


@pytest.mark.parametrize(
    ("handler", "message", "hint"),
    [
        ("functions.item.create", "there is no module 'functions.item'", "did you mean 'functions.items'"),
        ("functions.items.crate", "has no function 'crate'", "did you mean 'create'"),
        ("functions.items.creator", "has no function 'creator'", "did you mean 'create'?"),
        ("functions.notes.create", "there is no module 'functions.notes'", "there are: "),
        ("functions.items.zzz", "has no function 'zzz'", "there are: "),
        ("functions.items.late", "is `async def`", "asyncio.run"),
        ("functions.items:create", "is not of the form", "write 'functions.items.create'"),
        ("create", "is not of the form", "for example"),
        ("functions..create", "is not of the form", "for example"),
        ("../etc/passwd.x", "is not of the form", "for example"),
        ("", "is not of the form", "for example"),
    ],
)
def test_a_handler_that_does_not_exist_is_told_with_the_nearest(project, handler, message, hint):
    with pytest.raises(CumuloError) as raised:
        check_handler(project, handler)
    assert message in raised.value.what
    assert hint in (raised.value.hint or "")
    assert "_private" not in str(raised.value)


def test_nothing_is_executed(write, tmp_path):
    project = write({"a.py": f"open({str(tmp_path / 'ran')!r}, 'w')\ndef handle(e, c): ..."})
    check_handler(project, "a.handle")
    assert not (tmp_path / "ran").exists()


def test_a_change_is_seen(project):
    with pytest.raises(CumuloError):
        check_handler(project, "handler.stop")
    (project / "handler.py").write_text("def run(e, c): ...\ndef stop(e, c): ...")
    check_handler(project, "handler.stop")


def test_a_syntax_error_is_told_with_its_line(write):
    with pytest.raises(CumuloError, match=r"a\.py:2: is not valid Python"):
        check_handler(write({"a.py": "x = 1\ndef f(:"}), "a.f")


def test_suggestions_leave_virtual_environments_alone(write):
    project = write({"env/pyvenv.cfg": "", "env/items.py": "", "real.py": ""})
    with pytest.raises(CumuloError) as raised:
        check_handler(project, "items.create")
    assert raised.value.hint == "there are: real"
