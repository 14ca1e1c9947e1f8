"""SRC013: secrets and parameters are cached between calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code
from cumulo.guidelines.source.lasting import runs_once
from cumulo.guidelines.source.module import Module

# Calls, and a parameter that tells them from other methods of that name.
_READS = {
    "get_secret_value": "SecretId",
    "batch_get_secret_value": "SecretIdList",
    "get_parameter": "Name",
    "get_parameters": "Names",
    "get_parameters_by_path": "Path",
}
_SERVICES = ("boto3.client(secretsmanager).", "boto3.client(ssm).")
_POWERTOOLS = "aws_lambda_powertools.utilities.parameters."
_FIXES = {
    "get_parameter": f"{_POWERTOOLS}get_parameter(name, max_age=300)",
    "get_parameters": f"{_POWERTOOLS}get_parameters_by_name(names, max_age=300)",
    "get_parameters_by_path": f"{_POWERTOOLS}get_parameters(path, max_age=300)",
}
# Who changes a secret must see what is there now: rotation, counters.
_WRITES = {"put_parameter", "put_secret_value", "update_secret", "update_secret_version_stage"}


class SecretsAreKept(SourceRule):
    """A secret is read once per environment, or once in a while, not once per call."""

    id = "SRC013"
    title = "secrets and parameters are cached between calls"
    severity = everywhere(Severity.WARNING)
    subject = "Python"
    why = "each call waits for it and pays for it, and Parameter Store throttles"
    fix = "aws_lambda_powertools.utilities.parameters.get_secret(name, max_age=300)"
    documentation = "https://docs.powertools.aws.dev/lambda/python/latest/utilities/parameters/"

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield reads of secrets and parameters that nothing keeps."""
        for function, call in code.calls:
            called = code.origin(function, call.func)
            if called.startswith(_POWERTOOLS):
                if _is_forced(call):
                    yield self.found(function.spot(call), "it is fetched anew on every call", fix="max_age=300")
            elif _reads(called, call) and not _writes(function.module) and not runs_once(code, function, call):
                name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
                message = f"{name}() asks the service on every call"
                yield self.found(function.spot(call), message, fix=_FIXES.get(name))


def _reads(called: str, call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _READS:
        return False
    given = {keyword.arg for keyword in call.keywords}
    return called.startswith(_SERVICES) or (not called and _READS[call.func.attr] in given)


def _is_forced(call: ast.Call) -> bool:
    given = {each.arg: each.value.value for each in call.keywords if isinstance(each.value, ast.Constant)}
    return given.get("max_age") == 0 or given.get("force_fetch") is True


def _writes(module: Module) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr in _WRITES for node in module.nodes)
