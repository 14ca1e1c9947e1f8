"""Which functions a handler reaches."""

from __future__ import annotations

from cumulo.guidelines.source.reach import code_of


def reached(code):
    return {function.name for function in code.functions}


def test_what_a_decorator_of_the_project_puts_around_a_function(code):
    text = """
        def retry(times):
            def decorate(function):
                def wrapper(*arguments):
                    return function(*arguments)
                return wrapper
            return decorate
        def plain(function):
            def inner(*arguments):
                return function(*arguments)
            return inner
        @plain
        @retry(times=3)
        def handler(event, context):
            return event
    """
    assert reached(code(text)) == {"handler", "retry.wrapper", "plain.inner"}


def test_functions_that_a_registry_keeps(code):
    text = """
        from routes import route
        from functools import partial
        def one(event): ...
        def two(event): ...
        def other(event): ...
        ROUTES = {"one": one, "two": [partial(two, 1)], "three": lambda event: three(event)}
        UNUSED = {"other": other}
        def three(event): ...
        @route("/four")
        def four(event): ...
        def handler(event, context):
            return ROUTES[event](event)
    """
    routes = """
        FOUND = {}
        def route(path):
            def keep(function):
                FOUND[path] = function
                return function
            return keep
    """
    assert reached(code(text, routes=routes)) == {"handler", "one", "two", "three", "four", "ROUTES"}


def test_routes_of_an_app_from_another_module(code):
    text = """
        from kit import app
        import calls
        @app.get("/items")
        def items(): ...
        def late(): ...
        app.add_route("/late", late)
        def handler(event, context):
            return app(event)
    """
    kit = """
        from web import App
        app = App()
    """
    calls = """
        from kit import app
        @app.get("/calls")
        def calls(): ...
    """
    assert reached(code(text, kit=kit, calls=calls)) == {"handler", "items", "late", "calls"}


def test_objects_that_are_made_while_modules_are_imported(code):
    text = """
        class Gateway:
            def __init__(self): ...
            def call(self): ...
            def unused(self): ...
        class Container:
            def __init__(self):
                self.gateway = Gateway()
        def build():
            return Container()
        container = build()
        def handler(event, context):
            container.gateway.call()
    """
    found = code(text)
    assert reached(found) == {"handler", "Gateway.call"}
    assert {function.name for function in found.starting} == {"build", "Container.__init__", "Gateway.__init__"}


def test_the_maker_of_a_base_class(code):
    text = """
        class Base:
            def __init__(self): ...
        class Child(Base):
            def __init__(self):
                super().__init__()
        class Other:
            def __init__(self): ...
        other = Other()
        def handler(event, context):
            return Child(), other
    """
    assert reached(code(text)) == {"handler", "Child.__init__", "Base.__init__"}


def test_thousands_of_names_and_functions_that_lead_on_to_each_other_end(code):
    names = "\n".join(f"x{number} = x{number - 1}" for number in range(1, 3000))
    functions = "\n".join(f"def f{number}(p): return f{number + 1}(p)" for number in range(1500))
    text = f"x0 = f0\n{names}\n{functions}\ndef f1500(p): return p\ndef handler(e, c): return x2999(e)\n"
    found = code(text)
    assert len(found.functions) == 1502
    assert {found.origin(function, call.func) for function, call in found.calls}


def test_the_packages_around_a_module_are_imported_with_it(tmp_path):
    """https://docs.python.org/3/reference/import.html#regular-packages"""
    (tmp_path / "one/two").mkdir(parents=True)
    (tmp_path / "one/__init__.py").write_text("import shared\n")
    (tmp_path / "one/two/__init__.py").write_text("def broken(:\n")
    (tmp_path / "one/two/app.py").write_text("def handler(event, context): ...\n")
    (tmp_path / "shared.py").write_text("")
    code = code_of(tmp_path, ["one.two.app.handler"])
    assert {module.name for module in code.modules} == {"one", "one.two.app", "shared"}
    assert [problem.where for problem in code.project.problems] == ["one/two/__init__.py:1"]
