"""Telling a literal secret from other text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

from cumulo.guidelines.finding import Finding, Severity

LESS = "CHK010"
_SECRET_WORDS = {"password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "credentials"}
_SECRET_PAIRS = {("api", "key"), ("private", "key"), ("access", "key"), ("signing", "key"), ("encryption", "key")}
# What a name ends in that speaks about a secret and holds none.
_HARMLESS_ENDINGS = {
    "algorithm", "arn", "audience", "bucket", "class", "count", "days", "enabled", "endpoint",
    "env", "expiry", "file", "header", "hours", "id", "ids", "issuer", "length", "lifetime",
    "limit", "max", "min", "minutes", "name", "names", "parameter", "path", "policy", "prefix",
    "required", "seconds", "size", "suffix", "table", "ttl", "type", "uri", "url", "use", "version",
}  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LEAST_LENGTH = 6
_PLAIN_TEXTS = {"changed", "disabled", "enabled", "optional", "required"}

# No plugin finds anything in a text without one of these, and loading the plugins takes longer than all other rules.
_WORTH_A_LOOK = re.compile(r"-----BEGIN|://[^/\s]*:[^/\s]*@|(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+/=-]{16,}")

# Keywords and entropy say "maybe" (names, hashes and addresses look like that): names of keys are judged above.
_NOISY = {"Secret Keyword", "Public IP (ipv4)", "Base64 High Entropy String", "Hex High Entropy String"}


def names_a_secret(key: str) -> bool:
    """Tell whether a variable or parameter of this name holds a secret.

    Examples
    --------
    >>> names_a_secret("DB_PASSWORD"), names_a_secret("ApiKey"), names_a_secret("API_KEY_SECRET_ARN")
    (True, True, False)
    """
    words = [word.lower() for word in _WORD.findall(key)]
    if not words or words[-1] in _HARMLESS_ENDINGS:
        return False
    pairs = set(pairwise(words))
    return bool(_SECRET_WORDS & set(words) or _SECRET_PAIRS & pairs)


def could_be_a_secret(text: str) -> bool:
    """Tell whether a text under a secret's name is the secret itself, not a pointer to it or a switch."""
    lower = text.lower()
    if len(text) < _LEAST_LENGTH or "{{resolve:" in text or lower in _PLAIN_TEXTS:
        return False
    return not lower.startswith(("arn:", "/", "http://", "https://", "s3://", "alias/"))


def kind_of_secret(text: str) -> str | None:
    """Return what kind of secret a text holds, by the plugins of detect-secrets; ``None`` for none.

    Nothing is verified: no text leaves this machine.
    """
    if "{{resolve:" in text or not _WORTH_A_LOOK.search(text):
        return None
    for plugin in _plugins():
        if any(plugin.analyze_string(text)):
            return str(plugin.secret_type)
    return None


def not_installed() -> Iterator[Finding]:
    """Yield the finding that secrets are known only by the names that they are given."""
    if find_spec("detect_secrets") is None:
        message = "detect-secrets is not installed: a key or token is found only where its name says that it is one"
        yield Finding(LESS, Severity.INFO, "detect-secrets", message, "pip install 'cumulo[check]'")


@cache
def _plugins() -> Sequence[Any]:
    try:
        from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    except ImportError:
        return ()
    kinds: Mapping[str, Any] = get_mapping_from_secret_type_to_class()
    return [plugin() for kind, plugin in sorted(kinds.items()) if kind not in _NOISY]
