"""IAM006: a permission to invoke says on whose behalf."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System

_SERVICE = ".amazonaws.com"
# What names the source, or makes the permission one for a function URL, which names none.
_SOURCES = ("SourceArn", "SourceAccount", "PrincipalOrgID", "EventSourceToken")
_OF_URLS = ("FunctionUrlAuthType", "InvokedViaFunctionUrl")
_FIXES = {
    "apigateway": 'SourceArn: !Sub "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"',
    "events": "SourceArn: !GetAtt Rule.Arn",
    "s3": "SourceAccount: !Ref AWS::AccountId, and SourceArn: the bucket's",
}


class InvokersAreNamed(TemplateRule):
    """A permission for a service names the resource or the account that it may act for.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """

    id = "IAM006"
    title = "a permission to invoke names its source"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::Lambda::Permission"
    why = "a service that acts for somebody else could invoke it, too (confused deputy)"
    fix = "SourceArn: !GetAtt Topic.TopicArn"
    fix_cdk = "source_arn=topic.topic_arn"
    documentation = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html"
    )

    def check(self, system: System) -> Iterator[Finding]:
        """Yield permissions that do not say for whom."""
        for permission in system.of_type("AWS::Lambda::Permission"):
            if not any(_is_there(permission, key) for key in (*_SOURCES, *_OF_URLS)):
                yield from self._judge(permission)

    def _judge(self, permission: Resource) -> Iterator[Finding]:
        for principal in permission.get("Principal"):
            if principal.text == "*":
                message = "anybody in any account may invoke the function"
                yield self.found(permission, message, at=principal, severity=Severity.ERROR)
            elif (principal.pattern or "").endswith(_SERVICE):
                service = (principal.pattern or "").removesuffix(_SERVICE).replace("\0", "…")
                message = f"{service} may invoke the function for anybody, in any account"
                fix = None if permission.stack.constructs else _FIXES.get(service)
                yield self.found(permission, message, at=principal, fix=fix)


def _is_there(permission: Resource, key: str) -> bool:
    return any(not value.absent for value in permission.get(key))
