"""AUTH002: a public client has no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class PublicClientsHaveNoSecret(TemplateRule):
    """A client that runs in browsers or on phones is made without a secret.

    That it runs there is known where it uses the implicit flow and no other (CDK allows it beside the code flow unless
    told otherwise), where it is called back by a scheme of an app's own (``myapp://``), or where its name says so.
    Clients of servers may well have a secret.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html
    """

    id = "AUTH002"
    title = "no secret in a public client"
    severity = everywhere(Severity.ERROR)
    subject = "AWS::Cognito::UserPoolClient"
    why = "it is not secret: everybody can read it there"
    fix = "GenerateSecret: false"
    fix_cdk = "generate_secret=False"
    documentation = "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html"
    settings = {"public_names": ("android", "browser", "ios", "mobile", "spa")}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield clients of browsers and phones that are given a secret."""
        for client in system.of_type(self.subject):
            for generated in client.get("GenerateSecret"):
                reason = self._public_because(client) if generated.flag else None
                if reason:
                    yield self.found(
                        client, f"it has a secret, but runs where everybody can read it: {reason}", at=generated
                    )

    def _public_because(self, client: Resource) -> str | None:
        flows = {flow.text for flow in client.listed("AllowedOAuthFlows")}
        if flows == {"implicit"}:
            return "it uses the implicit flow"
        for url in client.listed("CallbackURLs"):
            scheme, separator, _ = (url.pattern or "").partition("://")
            if separator and scheme not in ("http", "https") and "\0" not in scheme:
                return f"it is called back at {scheme}://"
        names = (client.id, *(name.pattern or "" for name in client.get("ClientName")))
        words = {word.lower() for name in names for word in _WORD.findall(name)}
        found = sorted(words & set(self.set["public_names"]))
        return f"its name says {found[0]}" if found else None
