"""SEC002: secrets that are passed in are not shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cumulo.guidelines.edits import Put
from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.passwords import Password, passwords
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.secrets import could_be_a_secret, names_a_secret
from cumulo.guidelines.system import Stack, System

_JUDGED_BY_SEC001 = "SecretString"
# A parameter that is described like this holds what points to a secret.
_POINTS_TO_A_SECRET = re.compile(r"\b(arn|name|path|id|identifier|key of)\b", re.IGNORECASE)


class SecretParametersAreHidden(TemplateRule):
    """A parameter that holds a secret is ``NoEcho``, and a password is no plain text.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    """

    id = "SEC002"
    title = "secret parameters are NoEcho or dynamic references"
    severity = everywhere(Severity.WARNING)
    subject = "Parameters"
    why = "whoever may describe the stack reads them"
    fix = "NoEcho: true, or {{resolve:secretsmanager:name:SecretString:password}} where it is used"
    documentation = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security-best-practices.html#creds"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield parameters that show a secret, and passwords that are written out."""
        for stack in system.stacks:
            taken = list(passwords(stack))
            users = {each.written["Ref"]: each.resource.name for each in taken if _is_reference(each.written)}
            yield from self._parameters(stack, users)
            for password in taken:
                yield from self._written(password)

    def _parameters(self, stack: Stack, users: Mapping[str, str]) -> Iterator[Finding]:
        text = ""
        for name, parameter in stack.scope.section("Parameters").items():
            if not isinstance(parameter, Mapping) or not _is_shown(parameter):
                continue
            if name in users:
                yield self._parameter(stack, name, f"{users[name]} takes its secret from it")
            elif _holds_a_secret(name, parameter):
                text = text or json.dumps(stack.scope.template, default=str)
                if f":${{{name}}}" not in text:
                    yield self._parameter(stack, name, "its name says that it holds a secret")

    def _written(self, password: Password) -> Iterator[Finding]:
        resource, key, text = password.resource, password.key, password.written
        if not isinstance(text, str):
            return
        if text.startswith("{{resolve:ssm:"):
            message = f"its {key} lies in a plain parameter of SSM"
            yield self.found(resource, message, at=password.at, fix="{{resolve:ssm-secure:name}}")
        elif key != _JUDGED_BY_SEC001 and could_be_a_secret(text):
            message = f"its {key} is written in the template"
            fix = "{{resolve:secretsmanager:name:SecretString:password}}, and another password: this one is known"
            yield self.found(resource, message, at=password.at, fix=fix, severity=Severity.ERROR)

    def _parameter(self, stack: Stack, name: str, reason: str) -> Finding:
        file, line = stack.place(("Parameters", name))
        return Finding(
            rule=self.id,
            severity=self.severity_here(),
            subject=f"{stack.name}/{name}",
            message=f"the parameter is shown to everybody who may describe the stack: {reason}",
            fix="NoEcho: true",
            file=file,
            line=line,
            edits=(Put(stack.file, ("Parameters", name, "NoEcho"), True),),
        )


def _is_reference(written: Any) -> bool:
    return isinstance(written, Mapping) and isinstance(written.get("Ref"), str)


def _is_shown(parameter: Mapping[str, Any]) -> bool:
    hidden = str(parameter.get("NoEcho", False)).lower() == "true"
    return not hidden and parameter.get("Type") == "String" and "{{resolve:" not in str(parameter.get("Default"))


def _holds_a_secret(name: str, parameter: Mapping[str, Any]) -> bool:
    if not names_a_secret(name) or "AllowedValues" in parameter or "arn" in str(parameter.get("AllowedPattern")):
        return False
    default = str(parameter.get("Default", ""))
    described = str(parameter.get("Description", ""))
    return not _POINTS_TO_A_SECRET.search(described) and (not default or could_be_a_secret(default))
