"""Having cfn-lint find the same in a third of the time.

Most of its time goes into copies that nobody looks at: each schema that a rule validates with makes two classes and an
empty template, each step down a template makes three objects field by field. What stands here takes the place of the
functions that make them, and gives what they give. It was written for some versions of cfn-lint, and leaves all others
alone: a test compares the findings with and without.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

WRITTEN_FOR = ("1.58.",)
_MOST_REMEMBERED = 512
_CHECKS_PROPERTIES = 5  # arguments of the check that only some types of resources have


def is_written_for(version: str) -> bool:
    """Tell whether cfn-lint can be hastened, by its version.

    Examples
    --------
    >>> is_written_for("1.58.0"), is_written_for("2.0.0")
    (True, False)
    """
    return version.startswith(WRITTEN_FOR)


def hasten() -> bool:
    """Replace what its rules are made of, before they are loaded; tell whether this version is known."""
    from cfnlint.version import __version__

    if not is_written_for(__version__):
        return False
    if find_spec("pycosat") is None:
        # sympy looks for it whenever it is asked about conditions, in all folders.
        sys.modules.setdefault("pycosat", None)  # type: ignore[arg-type]
    _copy_at_once()
    _extend_without_classes()
    _look_up_enums()
    _remember_attributes()
    _search_without_copies()
    _skip_checks_of_other_types()
    return True


def hasten_rules(rules: Mapping[str, Any]) -> None:
    """Replace what the rule does that asks the others, once they are loaded."""
    _find_rules_by_keyword(type(rules["E1101"]))


def _copy_at_once() -> None:
    """Copy contexts, paths and filters whole, instead of field by field."""
    from cfnlint.context.context import Context, Path
    from cfnlint.helpers import FUNCTIONS
    from cfnlint.jsonschema._filter import FunctionFilter

    functions = frozenset(FUNCTIONS)
    descend_checked = Path.descend

    def evolve(self: Any, **changes: Any) -> Any:
        return _copy(self, changes)

    def evolve_context(self: Any, **changes: Any) -> Any:
        if "ref_values" in changes:
            changes["ref_values"] = {**self.ref_values, **changes["ref_values"]}
        return _copy(self, changes)

    def descend(self: Any, **steps: Any) -> Any:
        if steps.get("cfn_path") in functions or isinstance(steps.get("cfn_path"), int):
            return descend_checked(self, **steps)  # which raises
        return _copy(
            self, {name: getattr(self, name) + deque([step]) for name, step in steps.items() if step is not None}
        )

    names: dict[int, tuple[Any, tuple[str, ...]]] = {}

    def module_names(self: Any) -> Any:
        return _remembered(names, self.resources, lambda resources: tuple(_modules(resources)))

    _replace(Context, evolve=evolve_context, module_names=property(module_names))
    _replace(Path, evolve=evolve, descend=descend)
    _replace(FunctionFilter, evolve=evolve)


def _extend_without_classes() -> None:
    """Extend validators without making a class, a template and a resolver each time.

    What an extended validator is called with makes another of the same class that has other keywords.
    """
    from cfnlint.jsonschema import CfnTemplateValidator, StandardValidator
    from cfnlint.schema.resolver import RefResolver
    from cfnlint.template.template import Template

    nothing = Template(None, {})
    resolvers: dict[int, tuple[Any, Any]] = {}
    resolver_for = RefResolver.from_schema

    def from_schema(schema: Any, **settings: Any) -> Any:
        if settings:
            return resolver_for(schema, **settings)
        first = _remembered(resolvers, schema, resolver_for)
        # What it found is the same for all; in which scope it looks is each one's own.
        return _copy(first, {"_scopes_stack": [first.base_uri]})

    def evolve(self: Any, **changes: Any) -> Any:
        copy = _copy(self, changes)
        if "validators" not in changes:
            copy.validators = self.own_validators
        return copy

    def extend(
        self: Any,
        validators: Mapping[str, Any] | None = None,
        function_filter: Any = None,
        fn_resolvers: Mapping[str, Any] | None = None,
    ) -> Callable[..., Any]:
        keywords = {**self.validators, **(validators or {})}
        changes = {
            "validators": keywords,
            "own_validators": keywords,
            "function_filter": self.function_filter if function_filter is None else function_filter,
            "fn_resolvers": {**self.fn_resolvers, **(fn_resolvers or {})},
            "cfn": nothing,
        }

        def extended(schema: Any = True) -> Any:
            alone = {"schema": schema, "context": nothing.context.evolve(), "resolver": from_schema(schema)}
            return _copy(self, {**changes, **alone})

        return extended

    _replace(RefResolver, from_schema=from_schema)
    for validator in (CfnTemplateValidator, StandardValidator):
        _replace(validator, evolve=evolve, extend=extend, own_validators=validator({}).validators)


def _look_up_enums() -> None:
    """Look a text up among those allowed, before it is compared with each of them."""
    from cfnlint.jsonschema import CfnTemplateValidator, StandardValidator, _keywords

    compare = _keywords.enum

    def enum(validator: Any, enums: Any, instance: Any, schema: Any) -> Iterable[Any]:
        if isinstance(instance, str) and isinstance(enums, list) and instance in enums:
            return ()
        return compare(validator, enums, instance, schema)

    _replace(_keywords, enum=enum)
    for validator in (CfnTemplateValidator, StandardValidator):
        validator.own_validators["enum"] = enum


def _remember_attributes() -> None:
    """List the attributes of a template's resources once."""
    from cfnlint.template.template import Template

    attributes: dict[int, tuple[Any, Any]] = {}
    list_attributes = Template.get_valid_getatts

    def get_valid_getatts(self: Any) -> Any:
        return _remembered(attributes, self.context.resources, lambda _: list_attributes(self))

    _replace(Template, get_valid_getatts=get_valid_getatts)


def _search_without_copies() -> None:
    """Search a template for a key with one path that grows and shrinks, instead of a copy for each step."""
    from cfnlint.template.template import Template

    search = Template._search_deep_keys

    def search_deep_keys(self: Any, wanted: Any, node: Any, path: list[Any]) -> Any:
        if not isinstance(wanted, str):
            return search(self, wanted, node, path)
        found: list[list[Any]] = []
        _search(wanted, node, [*path], found)
        return found

    _replace(Template, _search_deep_keys=search_deep_keys)


def _search(wanted: str, node: Any, path: list[Any], found: list[list[Any]]) -> None:
    """Add the path of each such key, and what is there, in the template's order."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        path.append(key)
        if key == wanted:
            found.append([*path, value])
        if isinstance(value, dict | list):
            _search(wanted, value, path, found)
        path.pop()


def _skip_checks_of_other_types() -> None:
    """Ask only those rules about a resource's properties that judge its type."""
    from cfnlint.rules._rules import Rules

    run, filter_ = Rules.run_check, Rules._filter_matches

    def run_check(self: Any, check: Any, *arguments: Any) -> Iterable[Any]:
        _, _, _, _, *subject = arguments
        if len(subject) == _CHECKS_PROPERTIES and subject[3] not in check.__self__.resource_property_types:
            return ()
        return run(self, check, *arguments)

    def filter_matches(self: Any, enabled: set[str], matches: Any) -> Iterable[Any]:
        return matches if matches == () else filter_(self, enabled, matches)

    _replace(Rules, run_check=run_check, _filter_matches=filter_matches)


def _find_rules_by_keyword(parent: type[Any]) -> None:
    """Find the rules for a place in a template, instead of asking hundreds of them whether it is theirs."""
    ask = parent.cfnLint
    found: dict[int, tuple[Any, Any]] = {}

    def ask_some(self: Any, validator: Any, keywords: Iterable[str], instance: Any, schema: Any) -> Iterable[Any]:
        by_keyword = _remembered(found, self.child_rules, _by_keyword)
        for keyword in keywords:
            if keyword in by_keyword:
                yield from ask(by_keyword[keyword], validator, [keyword], instance, schema)

    _replace(parent, cfnLint=ask_some)


def _by_keyword(rules: Mapping[str, Any]) -> Mapping[str, SimpleNamespace]:
    """Return for each keyword what has its rules only, in the place of their parent."""
    found: dict[str, SimpleNamespace] = {}
    for name, rule in rules.items():
        for keyword in rule.keywords if rule is not None else ():
            found.setdefault(keyword, SimpleNamespace(child_rules={})).child_rules[name] = rule
    return found


def _replace(owner: Any, **members: Any) -> None:
    for name, member in members.items():
        setattr(owner, name, member)


def _copy(original: Any, changes: Mapping[str, Any]) -> Any:
    copy = object.__new__(type(original))
    copy.__dict__.update(original.__dict__)
    copy.__dict__.update(changes)
    return copy


def _modules(resources: Mapping[str, Any]) -> Iterable[str]:
    """Return the logical ids of resources that stand for several."""
    for name, resource in resources.items():
        if resource.type.endswith("::MODULE") or resource.type.startswith("AWS::Serverless::"):
            yield name


def _remembered(memory: dict[int, tuple[Any, Any]], subject: Any, make: Callable[[Any], Any]) -> Any:
    """Return what is made of an object, once for each as long as it is the same one."""
    found = memory.get(id(subject))
    if found is None or found[0] is not subject:
        if len(memory) >= _MOST_REMEMBERED:
            memory.clear()
        found = memory[id(subject)] = (subject, make(subject))
    return found[1]
