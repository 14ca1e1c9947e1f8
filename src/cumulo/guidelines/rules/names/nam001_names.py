"""NAM001: a name says which stage it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.naming import OWN_NAMES, SHARED_NAMES
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, Stack, System
from cumulo.guidelines.template.values import Value

_KEBAB = re.compile(r"[a-z0-9\0]+(-[a-z0-9\0]+)*(\.fifo)?")
_FOLLOWS_ANOTHER = "/aws/"
_HASHED = 7  # a hyphen and six characters close a name that would have been too long


class NamesTellTheStage(TemplateRule):
    """Physical names are ``{app}-{stage}-{name}``.

    Where app and stage are not known, a name is told only when it is written out, its template has a parameter for
    the stage, and the name has no stage in it.
    """

    id = "NAM001"
    title = "names are {app}-{stage}-{name}, kebab case"
    severity = everywhere(Severity.WARNING)
    subject = "resources with a name of their own"
    why = "stages collide otherwise"
    fix = 'FunctionName: !Sub "shop-${Stage}-create-order", or no name at all'
    fix_python = "remove the name from override=…: the construct makes one of app, stage and id"
    documentation = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html"
    settings = {
        "parameters": ("Stage", "StageName", "Env", "EnvName", "EnvType", "Environment", "EnvironmentName"),
        "stages": ("dev", "development", "int", "live", "prd", "prod", "production", "qa", "staging", "test"),
    }

    def check(self, system: System) -> Iterator[Finding]:
        """Yield names that another stage would take, too."""
        if system.app and system.stage:
            yield from self._declared(system, f"{system.app}-{system.stage}-")
            return
        for stack in system.stacks:
            stages = self._stages(stack)
            if stages:
                yield from self._written(stack, stages)

    def _declared(self, system: System, prefix: str) -> Iterator[Finding]:
        for kind, key in {**OWN_NAMES, **SHARED_NAMES}.items():
            for resource in system.of_type(kind):
                for value in resource.get(key):
                    name = _own_part(value)
                    if name and not (_begins(name, prefix) and _KEBAB.fullmatch(name)):
                        shown = name.replace("\0", "…")
                        yield self.found(resource, f"its {key} {shown} is not {prefix}…, in kebab case", at=value)

    def _known(self, stack: Stack) -> Mapping[str, Mapping[str, Any]]:
        """Return the parameters that name the stage."""
        wanted = {name.lower() for name in self.set["parameters"]}
        return {
            str(name): parameter
            for name, parameter in stack.scope.section("Parameters").items()
            if str(name).lower() in wanted and isinstance(parameter, Mapping)
        }

    def _parameter(self, stack: Stack) -> str:
        return next(iter(self._known(stack)))

    def _stages(self, stack: Stack) -> set[str]:
        """Return the words that mean a stage in a template that knows its stage; none in one that does not."""
        known = self._known(stack).values()
        words = [word for parameter in known for word in (parameter.get("Default"), *_allowed(parameter))]
        return {str(word).lower() for word in (*words, *self.set["stages"]) if word} if known else set()

    def _written(self, stack: Stack, stages: set[str]) -> Iterator[Finding]:
        for resource in stack.resources.values():
            key = OWN_NAMES.get(resource.type)
            if key is None or "Condition" in resource.body:
                continue
            name = _literal(resource, key)
            if name and not name.startswith(_FOLLOWS_ANOTHER) and not stages & _words(name):
                message = f"its {key} {name} is the same on every stage: a second one fails to deploy"
                fix = f'{key}: !Sub "${{{self._parameter(stack)}}}-{name}", or no name at all'
                yield self.found(resource, message, at=resource.get(key)[0], fix=fix)


def _own_part(value: Value) -> str:
    """Return the part of a name that its owner chose: after ``/aws/lambda/``, and with hyphens for slashes."""
    pattern = value.pattern or ""
    return pattern.rpartition("/")[2] if pattern.startswith(_FOLLOWS_ANOTHER) else pattern.strip("/").replace("/", "-")


def _begins(name: str, prefix: str) -> bool:
    """Tell whether a name begins with app and stage, or was cut off there."""
    return name.startswith(prefix) or (len(name) > _HASHED and prefix.startswith(name[:-_HASHED]))


def _literal(resource: Resource, key: str) -> str | None:
    """Return a name that is written out, with nothing in it that depends on anything."""
    properties = resource.body.get("Properties")
    written = properties.get(key) if isinstance(properties, Mapping) else None
    return written if isinstance(written, str) and "{{resolve:" not in written else None


def _words(name: str) -> set[str]:
    return {word for word in re.split(r"[^a-z0-9]+", name.lower()) if word}


def _allowed(parameter: Mapping[str, Any]) -> Iterable[Any]:
    allowed = parameter.get("AllowedValues")
    return allowed if isinstance(allowed, list) else ()
