"""S3007: a fixed bucket name carries the account id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.types import BUCKET
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_PLACE = {
    "AWS::AccountId": "123456789012",
    "AWS::Region": "${AWS::Region}",
    "AWS::StackName": "${AWS::StackName}",
}
_ACCOUNT_ID = re.compile(r"(?<!\d)\d{12}(?!\d)")


class FixedNamesCarryTheAccount(TemplateRule):
    """A bucket's name is left to CloudFormation, or holds the account's id.

    Names are shared by all accounts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html.
    A name with a dot is a domain, which has an owner; one that is a parameter is chosen by whoever deploys.
    """

    id = "S3007"
    title = "a fixed bucket name carries the account id"
    severity = everywhere(Severity.INFO)
    subject = BUCKET
    why = "names are global"
    fix = 'BucketName: !Sub "photos-${AWS::AccountId}"'
    documentation = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield buckets whose name somebody else may have."""
        for bucket in system.of_type(BUCKET):
            foreign = [name for name in _names(bucket) if name.text and not _is_owned(name.text)]
            for name in foreign[:1]:
                message = f"its name could be taken: {name.text} lacks the account id"
                fix = f'BucketName: !Sub "{name.text}-${{AWS::AccountId}}"'
                yield self.found(bucket, message, at=name, fix=None if bucket.id in bucket.stack.sources else fix)


def _is_owned(name: str) -> bool:
    return "." in name or _ACCOUNT_ID.search(name) is not None


def _names(bucket: Resource) -> tuple[Value, ...]:
    """Return the names it may have, with stand-ins for what a template is not told about the place it goes to."""
    written = bucket.body.get("Properties")
    name = written.get("BucketName") if isinstance(written, Mapping) else None
    if isinstance(name, Mapping) and "Ref" in name:
        return ()
    scope = bucket.stack.scope
    placed = replace(scope, pseudo={**_PLACE, **scope.pseudo})
    return Value(bucket.body, placed, ("Resources", bucket.id)).get("Properties", "BucketName")
