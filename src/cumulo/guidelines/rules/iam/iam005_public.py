"""IAM005: no resource is open to anybody by accident."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.policies import Statement
from cumulo.guidelines.relations.resource_policies import condition_keys, principals, resource_statements
from cumulo.guidelines.relations.types import BUCKET
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System

# Keys of conditions that anybody can meet.
_SAY_NOTHING_OF_THE_CALLER = (
    "aws:currenttime",
    "aws:epochtime",
    "aws:referer",
    "aws:securetransport",
    "aws:useragent",
    "s3:tlsversion",
    "s3:x-amz-acl",
    "s3:x-amz-server-side-encryption",
)


class ResourcesAreNotPublic(TemplateRule):
    """A policy that allows something to every principal has a condition that says which.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """

    id = "IAM005"
    title = "a resource policy with a * principal has a condition on the caller"
    severity = everywhere(Severity.ERROR)
    subject = "AWS::S3::BucketPolicy, AWS::SQS::QueuePolicy, AWS::KMS::Key and others"
    why = "public by accident"
    fix = "name the principal, or Condition: {StringEquals: {aws:PrincipalAccount: !Ref AWS::AccountId}}"
    documentation = (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"
        "#principal-anonymous"
    )
    settings = {"harmless_conditions": _SAY_NOTHING_OF_THE_CALLER}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield statements that let anybody in."""
        for statement in resource_statements(system):
            if not statement.allows or self._asks_about_the_caller(statement) or _is_website(system, statement):
                continue
            actions = ", ".join(action.text for action in statement.listed("Action") if action.text) or "something"
            for principal in principals(statement.value):
                if principal.text == "*":
                    yield self.found(statement.holder, f"it allows {actions} to anybody", at=principal)
            for others in statement.value.get("NotPrincipal"):
                if others.known and not others.absent:
                    message = f"it allows {actions} to anybody save a list (NotPrincipal)"
                    yield self.found(statement.holder, message, at=others)

    def _asks_about_the_caller(self, statement: Statement) -> bool:
        harmless = self.set["harmless_conditions"]
        return any(key is None or key.lower() not in harmless for key in condition_keys(statement.value))


def _is_website(system: System, statement: Statement) -> bool:
    """Tell whether it lets anybody read from a bucket that is declared as a website."""
    if {action.text for action in statement.listed("Action")} != {"s3:GetObject"}:
        return False
    buckets = (system.target(named, BUCKET) for named in statement.holder.get("Bucket"))
    return any(
        not website.absent for bucket in buckets if bucket is not None for website in bucket.get("WebsiteConfiguration")
    )
