"""Reading imports from a syntax tree."""

import pytest

from cumulo.errors import CumuloError
from cumulo.synth.assets.imports import Import, decode, encode, read_imports


def modules(source: str) -> list[str]:
    return ["." * i.level + i.module for i in read_imports(source.encode(), "a.py").statements]


def test_all_forms_of_import_are_read():
    found = read_imports(b"import a, b.c\nfrom d import e as f\nfrom .. import g\nfrom .h import i\n", "a.py")
    assert found.statements == (
        Import("a", (), 0, 1),
        Import("b.c", (), 0, 1),
        Import("d", ("e",), 0, 2),
        Import("", ("g",), 2, 3),
        Import("h", ("i",), 1, 4),
    )


def test_imports_inside_functions_classes_loops_and_matches_are_read():
    source = """
def f():
    import a
    class C:
        import b
        async def g(self):
            with x:
                for y in z:
                    import c
    match q:
        case 1:
            import d
"""
    assert modules(source) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("test", ["TYPE_CHECKING", "typing.TYPE_CHECKING", '__name__ == "__main__"'])
def test_imports_that_never_run_in_a_function_are_left_out(test):
    assert modules(f"if {test}:\n    import a\nelse:\n    import b\n") == ["b"]


def test_a_negated_type_checking_test_runs():
    assert modules("if not TYPE_CHECKING:\n    import a\nelse:\n    import b\n") == ["a"]


@pytest.mark.parametrize(
    "source",
    [
        'import importlib\nimportlib.import_module("a.b")',
        'from importlib import import_module\nimport_module("a.b")',
        '__import__("a.b")',
        'import importlib\ndef f(x=importlib.import_module("a.b")): ...',
    ],
)
def test_a_literal_passed_to_import_module_is_read(source):
    assert "a.b" in modules(source)


def test_a_relative_literal_passed_to_import_module_is_read():
    assert modules('import_module("..a", __package__)') == ["..a"]


def test_a_computed_name_passed_to_import_module_is_not_guessed():
    assert modules("import_module(name)") == []


@pytest.mark.parametrize("caught", ["ImportError", "ModuleNotFoundError", "(KeyError, ImportError)", "Exception", ""])
def test_an_import_whose_absence_is_caught_is_optional(caught):
    source = f"try:\n    import a\nexcept {caught}:\n    import b\n"
    assert [(i.module, i.optional) for i in read_imports(source.encode(), "a.py").statements] == [
        ("a", True),
        ("b", False),
    ]


def test_an_import_whose_absence_is_not_caught_is_needed():
    (found,) = read_imports(b"try:\n    import a\nexcept KeyError:\n    pass\n", "a.py").statements
    assert not found.optional


def test_an_import_for_some_versions_of_python_is_optional():
    source = b"if sys.version_info >= (3, 11):\n    import tomllib\nelse:\n    import tomli\n"
    assert all(i.optional for i in read_imports(source, "a.py").statements)


def test_exports_are_read():
    assert read_imports(b'__all__ = ["a", "b"]', "a.py").exports == ("a", "b")


def test_imports_survive_the_cache():
    found = read_imports(b'from .a import b\n__all__ = ["c"]', "a.py")
    assert decode(encode(found)) == found


@pytest.mark.parametrize("source", [b"def f(:\n", b"\x00"])
def test_a_source_that_is_not_python_is_named(source):
    with pytest.raises(CumuloError, match=r"^a\.py(:1)?: is not valid Python"):
        read_imports(source, "a.py")


def test_a_source_in_a_declared_encoding_is_read():
    assert read_imports("# coding: latin-1\nimport a  # é\n".encode("latin-1"), "a.py").statements[0].module == "a"
