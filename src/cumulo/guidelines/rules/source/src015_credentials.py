"""SRC015: no literal credentials."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.secrets import could_be_a_secret, kind_of_secret, names_a_secret
from cumulo.guidelines.source.code import Code, Spot
from cumulo.guidelines.source.literals import named_values
from cumulo.guidelines.source.module import Module

# What stands where a secret would: in documentation, and besides in tests and on one's own machine.
_SHOWN = re.compile(
    r"change.?(?:me|it)|dummy|example|fake|placeholder|your|x{4,}|\*{3,}|<.*>|\{\w*\}|%s", re.IGNORECASE
)
_HARMLESS = re.compile(
    r"\.{3,}|1234567|abcdef|default|foobar|hidden|local|masked|minio|mock|none|null|redacted|replace|sample|test|todo",
    re.IGNORECASE,
)
_HOST_OF_ONES_OWN = re.compile(r"://[^/@\s]*@(?:localhost|127\.0\.0\.1|\[::1\]|db|postgres|redis|mysql)(?=[:/?]|$)")
# Source is full of texts, and loading the plugins takes longer than all other rules: only what has a piece of a token.
_WORTH_A_LOOK = re.compile(r"-----BEGIN|://[^/\s]*:[^/\s]*@|(?=\w*\d)(?=\w*[A-Za-z])\w{16,}")
_ALPHABET = "0123456789"
_PASSWORDS = {"password", "passwd", "passphrase", "pwd"}
_NAME_LIKE = re.compile(r"(?:[a-z]+(?:[_.:/-][a-z]+)+|[A-Z]+(?:_[A-Z]+)+|[A-Za-z][a-z]+(?:[A-Z][a-z]+)+)(?:[_-]?v?\d)?")
# What a name ends in that speaks about a secret: a part of a page, a step, a pattern.
_ABOUT = {
    "action",
    "error",
    "event",
    "field",
    "form",
    "hint",
    "input",
    "kind",
    "label",
    "message",
    "page",
    "pattern",
    "regex",
    "route",
    "scope",
    "stage",
    "state",
    "status",
    "step",
    "text",
}
_LEAST_LENGTH = 8
_LEAST_KEY_BYTES = 100


class SecretsAreNotInTheSource(SourceRule):
    """No secret stands in the source, which everybody with the repository or the package can read."""

    id = "SRC015"
    title = "no literal credentials"
    severity = everywhere(Severity.ERROR)
    subject = "Python"
    why = "whoever reads the repository or the package has them"
    fix = "read it from AWS Secrets Manager or a SecureString parameter, and change it: it is known"
    documentation = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html"

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield literals that are secrets by their form, or by the name that they are given."""
        for module in code.modules:
            named = {id(value): name for name, value in named_values(module)}
            for node in module.nodes:
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    message = _judged(named.get(id(node)), node.value)
                    if message:
                        # The secret itself is never shown.
                        yield self.found(Spot(module.file, node.lineno, _subject(module, node)), message)


def _judged(name: str | None, text: str) -> str | None:
    is_worth_it = _WORTH_A_LOOK.search(text) and _ALPHABET not in text
    about = name is not None and name.lower().rpartition("_")[2] in _ABOUT
    is_named = name and not about and names_a_secret(name) and _looks_secret(name, text)
    if not (is_worth_it or is_named) or _SHOWN.search(text) or _HOST_OF_ONES_OWN.search(text):
        return None
    kind = kind_of_secret(text) if is_worth_it else None
    if kind and not ("-----BEGIN" in text and len(text) < _LEAST_KEY_BYTES):
        return f"a literal holds a secret ({kind})"
    return f"{name} holds a literal secret" if is_named else None


def _looks_secret(name: str, text: str) -> bool:
    """Tell whether a text under a secret's name is one: not a name of something, not a sentence."""
    if len(text) < _LEAST_LENGTH or not could_be_a_secret(text) or re.search(r"\s", text):
        return False
    if _NAME_LIKE.fullmatch(text) or _HARMLESS.search(text):
        return False
    mixed = bool(re.search(r"\d", text) and re.search(r"[A-Za-z]", text))
    return mixed or any(word in name.lower() for word in _PASSWORDS)


def _subject(module: Module, node: ast.Constant) -> str:
    for name, function in module.functions.items():
        if function.lineno <= node.lineno <= (function.end_lineno or function.lineno):
            return f"{module.file}:{name}"
    return module.file
