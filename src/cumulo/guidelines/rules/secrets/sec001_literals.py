"""SEC001: no literal secret in a template."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.environments import is_written, variables
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.secrets import could_be_a_secret, kind_of_secret, names_a_secret
from cumulo.guidelines.system import NAMES, Resource, Stack, System
from cumulo.guidelines.template.values import Text, Value

_PLACES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("AWS::SecretsManager::Secret", ("SecretString",)),
    ("AWS::SSM::Parameter", ("Value",)),
    ("AWS::EC2::Instance", ("UserData",)),
    ("AWS::EC2::LaunchTemplate", ("LaunchTemplateData", "UserData")),
    ("AWS::AutoScaling::LaunchConfiguration", ("UserData",)),
)

_FIXES = {
    "AWS::SecretsManager::Secret": "GenerateSecretString: {PasswordLength: 32}, or no value: put it in later",
    "AWS::SSM::Parameter": "AWS::SecretsManager::Secret with GenerateSecretString: {PasswordLength: 32}",
}
_ASSIGNED = re.compile(
    r"""^\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)=["']?(?P<value>[^\s"'$`;]+)["']?\s*(?:;|$)""", re.MULTILINE
)
"""A variable that a script sets to a text, not to what another variable or a command holds."""


class SecretsAreNotWritten(TemplateRule):
    """No environment variable, parameter or user data holds a secret itself."""

    id = "SEC001"
    title = "no literal secret in environment, parameters or user data"
    severity = everywhere(Severity.ERROR)
    subject = "AWS::Lambda::Function and others"
    why = "whoever reads the template or the function's configuration has it"
    fix = "keep it in Secrets Manager and link the secret, or use {{resolve:secretsmanager:…}}"
    fix_cdk = 'secretsmanager.Secret.from_secret_name_v2(self, "Key", "shop/key"), and read it when the function starts'
    documentation = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html"
    )

    def check(self, system: System) -> Iterator[Finding]:
        """Yield places where a secret is written out."""
        for stack in system.stacks:
            yield from self._parameters(stack)
        names = {name.text for kind, key in NAMES.items() for r in system.of_type(kind) for name in r.get(key)} - {None}
        for holder, name, value in variables(system):
            if value.text not in names:
                yield from self._judge(holder, f"the variable {name}", name, value)
        for kind, keys in _PLACES:
            for resource in system.of_type(kind):
                name = keys[-1] if kind != "AWS::SecretsManager::Secret" else "secret"
                for value in resource.get(*keys):
                    yield from self._judge(resource, f"its {keys[-1]}", name, value)

    def _judge(self, resource: Resource, what: str, key: str, value: Value) -> Iterator[Finding]:
        kind = _kind(key, value)
        if kind and not _is_told_as_default(resource, value):
            yield self.found(
                resource, f"{what} holds a literal secret ({kind})", at=value, fix=_FIXES.get(resource.type)
            )

    def _parameters(self, stack: Stack) -> Iterator[Finding]:
        for name, parameter in stack.scope.section("Parameters").items():
            path = ("Parameters", name, "Default")
            for default in Value(parameter, stack.scope, path[:-1]).get("Default"):
                kind = _kind(name, default)
                if kind:
                    file, line = stack.place(path)
                    message = f"the default of the parameter holds a literal secret ({kind})"
                    yield Finding(self.id, self.severity_here(), f"{stack.name}/{name}", message, self.fix, file, line)


def _is_told_as_default(holder: Resource, value: Value) -> bool:
    """Tell whether it is computed, and the default of a parameter that is told itself."""
    if is_written(holder, value):
        return False
    parameters = Value(value.scope.section("Parameters"), value.scope)
    return any(
        default.text == value.text and _kind(name, default)
        for name, parameter in parameters.fields()
        for default in parameter.get("Default")
    )


def _kind(key: str, value: Value) -> str | None:
    """Return what kind of secret it is; the secret itself is never shown."""
    texts = value.plain.parts if isinstance(value.plain, Text) else (value.text,)
    for text in texts:
        kind = kind_of_secret(text) if isinstance(text, str) else None
        if kind:
            return kind
        if isinstance(text, str) and key == "UserData" and any(map(_is_secret, _ASSIGNED.finditer(text))):
            return "by the name of a variable"
    if value.text and names_a_secret(key) and could_be_a_secret(value.text):
        return "by the name of its key"
    return None


def _is_secret(assigned: re.Match[str]) -> bool:
    return names_a_secret(assigned["name"]) and could_be_a_secret(assigned["value"])
