"""S3006: plain HTTP is refused by the bucket policy."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.buckets import belongs_to_a_tool, bucket_policies, is_for_everyone, is_website
from cumulo.guidelines.relations.types import BUCKET
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_EVERYTHING = ("*", "s3:*")


class PlainHttpIsRefused(TemplateRule):
    """A bucket's policy, in whichever stack it is, denies every request that does not come by TLS.

    Not asked of a bucket that S3 serves as a web site: its endpoint speaks nothing but plain HTTP
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html).
    """

    id = "S3006"
    title = "plain HTTP is refused by the bucket policy"
    severity = everywhere(Severity.WARNING)
    subject = BUCKET
    why = "whoever is on the way reads along"
    fix = (
        "{Effect: Deny, Principal: '*', Action: 's3:*', Resource: [!GetAtt Bucket.Arn, !Sub '${Bucket.Arn}/*'], "
        "Condition: {Bool: {'aws:SecureTransport': false}}}"
    )
    fix_cdk = "enforce_ssl=True"
    documentation = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html#transit"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield buckets that answer plain HTTP; a policy of which nobody knows the bucket could be anybody's."""
        policies = bucket_policies(system)
        for bucket in system.of_type(BUCKET):
            statements = policies.of(bucket)
            unknown = not statements and not policies.complete
            if unknown or is_website(bucket) or belongs_to_a_tool(bucket):
                continue
            if not any(_may_refuse_plain_http(statement) for statement in statements):
                lacking = "its policy does not refuse" if statements else "it has no policy that refuses"
                fix = None if bucket.stack.constructs else _fix(bucket, self.fix, bool(statements))
                yield self.found(bucket, f"{lacking} plain HTTP", fix=fix)


def _fix(bucket: Resource, statement: str, has_policy: bool) -> str:
    statement = statement.replace("Bucket.Arn", f"{bucket.id}.Arn")
    if has_policy:
        return f"a statement of its policy: {statement}"
    document = f'{{Version: "2012-10-17", Statement: [{statement}]}}'
    return f"Type: AWS::S3::BucketPolicy, Properties: {{Bucket: !Ref {bucket.id}, PolicyDocument: {document}}}"


def _may_refuse_plain_http(statement: Value) -> bool:
    """Tell whether a statement refuses it, as far as it is known."""
    if not statement.known:
        return True
    denies = any(effect.text == "Deny" for effect in statement.get("Effect"))
    all_actions = any(action.text in _EVERYTHING or action.text is None for action in statement.listed("Action"))
    return denies and all_actions and is_for_everyone(statement) and _is_about_tls(statement)


def _is_about_tls(statement: Value) -> bool:
    for condition in statement.get("Condition"):
        if not condition.known:
            return True
        for operator in ("Bool", "BoolIfExists"):
            for named in condition.get(operator):
                for key, value in named.fields():
                    if key.lower() == "aws:securetransport" and any(each.flag is False for each in value.elements()):
                        return True
    return False
