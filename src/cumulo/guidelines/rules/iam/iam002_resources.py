"""IAM002: no wildcard for all resources."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.examples import RESOURCES, service_of
from cumulo.guidelines.relations.policies import Statement, statements
from cumulo.guidelines.relations.resource_policies import condition_keys
from cumulo.guidelines.relations.unscoped import NOTHING_NARROWER
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value

# Conditions that pick resources where an ARN cannot, beside tags.
_PICKS = ("ecs:cluster", "kms:viaservice")


class ResourcesAreNamed(TemplateRule):
    """A policy names the resources it concerns, where its actions know any.

    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    says for each action whether it does.
    """

    id = "IAM002"
    title = "no * resource, save for actions that know nothing narrower"
    severity = everywhere(Severity.ERROR)
    subject = "AWS::IAM::*"
    why = "least privilege"
    fix = "Resource: the ARNs of what it works on, as !GetAtt Table.Arn"
    fix_cdk = "resources=[table.table_arn], or a grant: table.grant_read_data(function)"
    documentation = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"
    settings = {"allowed": NOTHING_NARROWER}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield statements about every resource there is."""
        for statement in statements(system):
            if not statement.allows or statement.is_fixed:
                continue
            for resource in statement.listed("Resource"):
                if _is_everything(resource) and (actions := self._that_could_be_narrower(statement, resource)):
                    named = RESOURCES.get(service_of(actions[0]))
                    message = f"it allows {', '.join(actions)} on every resource"
                    fix = f"Resource: {named}" if named and not statement.holder.stack.constructs else None
                    yield self.found(statement.holder, message, at=resource, fix=fix)
            for resource in statement.value.get("NotResource"):
                if resource.known and not resource.absent:
                    yield self.found(statement.holder, "it allows every resource save a list", at=resource)

    def _that_could_be_narrower(self, statement: Statement, resource: Value) -> list[str]:
        if _is_narrowed(statement):
            return []
        texts = [action.text for action in statement.listed("Action") if action.text]
        # IAM reads actions without regard to case.
        allowed = {known.lower() for known in self.set["allowed"]}
        patterns = [known for known in allowed if "*" in known]
        if (resource.pattern or "").endswith(":*/*"):
            # The connections of every API: WS003 judges them.
            allowed.add("execute-api:manageconnections")
        return [
            text
            for text in texts
            if text.lower() not in allowed and not any(fnmatchcase(text.lower(), known) for known in patterns)
        ]


def _is_narrowed(statement: Statement) -> bool:
    """Tell whether a condition picks the resources, by their tags for example."""
    keys = condition_keys(statement.value)
    return any(key is None or key.lower() in _PICKS or ":resourcetag/" in key.lower() for key in keys)


def _is_everything(resource: Value) -> bool:
    """Tell whether it is ``*``, or an ARN that names a service and nothing of it."""
    pattern = resource.pattern or ""
    return pattern == "*" or (pattern.startswith("arn:") and pattern.split(":", 5)[-1] in ("*", "*/*"))
