"""Where values come from: names, attributes and parameters followed to what was imported or called."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Hashable, Iterable

from cumulo.guidelines.source.annotated import instance_of, named_class
from cumulo.guidelines.source.classes import bases, fields, is_property
from cumulo.guidelines.source.functions import Function, whole
from cumulo.guidelines.source.module import Module, assignments
from cumulo.guidelines.source.project import Project
from cumulo.guidelines.source.sites import Sites, SpreadError, argument, value

_MAX_STEPS = 40
_INSTANCE = re.compile(r"([\w.]+)\([^()]*\)")
_SESSION = re.compile(r"(?:aio)?boto3\.(?:session\.)?Session\(.*\)")


class Origins:
    """The origins of values in the code; each question is answered once.

    Parameters
    ----------
    project
        The project's modules.
    functions
        The functions that handlers reach.
    modules
        The modules that handlers import.
    handlers
        The functions that Lambda calls, with what nobody knows.
    """

    def __init__(
        self, project: Project, functions: Iterable[Function], modules: Iterable[Module], handlers: Iterable[Function]
    ) -> None:
        self._project = project
        self._functions = {(function.module.name, function.name): function for function in functions}
        self._wholes: dict[str, Function] = {}
        self._handlers = frozenset(handlers)
        self._found: dict[Hashable, str] = {}
        scopes = [(function, function.nodes) for function in functions]
        self.sites = Sites([*scopes, *((self.whole(module), module.top_level) for module in modules)], self.of)

    def whole(self, module: Module) -> Function:
        """Return a module's own level."""
        return self._wholes.setdefault(module.name, whole(module))

    def of(self, function: Function, expression: ast.expr, steps: int = 0) -> str:
        """Tell where a value comes from; see `Code.origin`."""
        if steps > _MAX_STEPS:
            return ""
        steps += 1
        match expression:
            case ast.Name(id=name):
                return self._name(function, name, steps)
            case ast.Attribute(value=receiver, attr=attribute):
                return self._attribute(function, receiver, attribute, steps)
            case ast.Call():
                return self._once((function, expression), lambda: self._call(function, expression, steps))
            case ast.Await(value=inner) | ast.NamedExpr(value=inner):
                return self.of(function, inner, steps)
            case ast.BoolOp(values=values):
                return agreed(self.of(function, each, steps) for each in values)
            case ast.IfExp(body=body, orelse=orelse):
                return agreed(self.of(function, each, steps) for each in (body, orelse))
        return ""

    def _once(self, key: Hashable, find: Callable[[], str]) -> str:
        if key not in self._found:
            # What asks for itself has no answer.
            self._found[key] = ""
            self._found[key] = find()
        return self._found[key]

    def _name(self, function: Function, name: str, steps: int) -> str:
        if name in function.parameters or name in function.assigned:
            return self._once((function, name), lambda: self._local(function, name, steps))
        if name in function.locals:
            return ""
        if function.outer is not None:
            return self._name(function.outer, name, steps)
        return self._global(function.module, name, steps)

    def _local(self, function: Function, name: str, steps: int) -> str:
        assigned = self.of(function, function.assigned[name], steps) if name in function.assigned else ""
        if assigned or name not in function.parameters:
            return assigned
        return self._handed_over(function, name, steps) or self._annotated(
            function.module, function.annotation(name), steps
        )

    def _handed_over(self, function: Function, name: str, steps: int) -> str:
        """Find what every caller hands over for a parameter."""
        last = function.name.rpartition(".")[2]
        if function in self._handlers or (self.sites.is_handed_over(last) and last != "__init__"):
            return ""
        given = ((caller, argument(function, call, name)) for caller, call in self.sites.of(function))
        return self._all(function, name, given, steps)

    def _all(
        self, function: Function | None, name: str, given: Iterable[tuple[Function, ast.expr | None]], steps: int
    ) -> str:
        """Find what all that is handed over has in common; one that nobody knows is enough to know nothing."""
        found = set()
        try:
            for caller, expression in given:
                passed_on = caller is function and isinstance(expression, ast.Name) and expression.id == name
                nothing = isinstance(expression, ast.Constant) and expression.value is None
                if expression is None or passed_on or nothing:
                    continue
                origin = self.of(caller, expression, steps)
                if not origin:
                    return ""
                found.add(origin)
        except SpreadError:
            return ""
        return agreed(found)

    def _annotated(self, module: Module, annotation: ast.expr | None, steps: int) -> str:
        named = named_class(annotation)
        dotted = self.of(self.whole(module), named, steps) if named is not None else ""
        return instance_of(dotted)

    def _global(self, module: Module, name: str, steps: int) -> str:
        if name in module.functions or name in module.classes:
            return f"{module.name}.{name}"
        if name in module.assigned:
            return self._once((module, name), lambda: self._assigned(module, name, steps))
        return self._dotted(module.imports[name], steps) if name in module.imports else name

    def _assigned(self, module: Module, name: str, steps: int) -> str:
        """Find what the module, or a function with ``global``, assigns to a name of the module."""
        found = [self.of(self.whole(module), module.assigned[name], steps)]
        for key, node in module.functions.items():
            if name in module.set_globally.get(key, ()):
                values = [each for known, each in assignments(node.body) if known == name]
                found += [self.of(self._function(module, key), each, steps) for each in values]
        return agreed(found)

    def _dotted(self, dotted: str, steps: int) -> str:
        located = self._project.locate(dotted)
        if located is None:
            return dotted
        module, rest = located
        first, _, more = rest.partition(".")
        if first in module.classes and more:
            return self._of_class(module, first, more, steps + 1)
        if first not in module.assigned:
            return f"{module.name}.{rest}" if rest else module.name
        found = self._global(module, first, steps + 1)
        return self._member(found, more, steps + 1) if found and more else found

    def _attribute(self, function: Function, receiver: ast.expr, attribute: str, steps: int) -> str:
        if isinstance(receiver, ast.Name) and receiver.id in ("self", "cls") and function.owner:
            return self._of_class(function.module, function.owner, attribute, steps)
        if isinstance(receiver, ast.Call) and ast.unparse(receiver.func) == "super" and function.owner:
            above = list(bases(self._project, function.module, function.owner))[1:2]
            return self._of_class(*above[0], attribute, steps) if above else ""
        before = self.of(function, receiver, steps)
        return self._member(before, attribute, steps) if before else ""

    def _member(self, before: str, attribute: str, steps: int) -> str:
        if steps > _MAX_STEPS:
            return ""
        if "(" not in before:
            return self._dotted(f"{before}.{attribute}", steps + 1)
        if _SESSION.fullmatch(before) and attribute in ("client", "resource"):
            return f"boto3.{attribute}"
        instance = _INSTANCE.fullmatch(before)
        located = self._project.locate(instance[1]) if instance else None
        if located is not None and located[1] in located[0].classes:
            return self._of_class(*located, attribute, steps)
        return f"{before}.{attribute}"

    def _of_class(self, module: Module, owner: str, attribute: str, steps: int) -> str:
        """Find what an attribute of a class's objects is."""
        return self._once((module, owner, attribute), lambda: self._own(module, owner, attribute, steps))

    def _own(self, module: Module, owner: str, attribute: str, steps: int) -> str:
        for where, name in bases(self._project, module, owner):
            method = f"{name}.{attribute}"
            if method in where.functions:
                dotted = f"{where.name}.{method}"
                return self._returned(dotted, steps) if is_property(where.functions[method]) else dotted
            kept = [
                self.of(self._function(where, key), expression, steps)
                for key, expression in where.set_on_self.get((name, attribute), ())
            ]
            found = agreed(kept) or self._field(where, name, attribute, steps)
            if found:
                return found
        return f"{module.name}.{owner}.{attribute}"

    def _field(self, module: Module, owner: str, attribute: str, steps: int) -> str:
        """Find what a class's body says about an attribute, or what every maker of a dataclass hands over."""
        definition = module.classes.get(owner)
        if definition is None:
            return ""
        assigned = dict(assignments(definition.body)).get(attribute)
        found = self.of(self.whole(module), assigned, steps) if assigned is not None else ""
        if found and not found.startswith("dataclasses.field("):
            return found
        declared = fields(definition)
        if attribute not in declared:
            return ""
        calls = self.sites.named(f"{module.name}.{owner}")
        given = ((caller, value(call, attribute, tuple(declared))) for caller, call in calls)
        return self._all(None, attribute, given, steps) or self._annotated(module, declared[attribute], steps)

    def _function(self, module: Module, name: str) -> Function:
        key = (module.name, name)
        if key not in self._functions:
            self._functions[key] = Function(module, name, module.functions[name])
        return self._functions[key]

    def _call(self, function: Function, call: ast.Call, steps: int) -> str:
        called = self.of(function, call.func, steps)
        if called == "functools.partial":
            # What it binds by name is not known to those who look for it at the call.
            return self.of(function, call.args[0], steps) if call.args and not call.keywords else ""
        return self._returned(called, steps) or (f"{called}({_first_text(call)})" if called else "")

    def _returned(self, called: str, steps: int) -> str:
        """Find what a function of the project returns."""
        located = self._project.locate(called) if called and "(" not in called else None
        if located is None or located[1] not in located[0].functions:
            return ""
        function = self._function(*located)
        results = (node.value for node in function.own if isinstance(node, ast.Return | ast.Yield) and node.value)
        return next(filter(None, (self.of(function, result, steps) for result in results)), "")


def agreed(origins: Iterable[str]) -> str:
    """Return what the known ones of some origins have in common: the same call, whatever its first argument."""
    known = sorted(set(filter(None, origins)))
    if len(known) < 2:
        return known[0] if known else ""
    alike = {re.sub(r"\([^()]*\)", "()", each) for each in known}
    return alike.pop() if len(alike) == 1 else ""


def _first_text(call: ast.Call) -> str:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    first = call.args[0] if call.args else named.get("service_name")
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
