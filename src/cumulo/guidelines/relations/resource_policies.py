"""What policies of resources allow, and to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cumulo.guidelines.relations.policies import Statement
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value

_DOCUMENTS: Mapping[str, tuple[str, ...]] = {
    "AWS::Backup::BackupVault": ("AccessPolicy",),
    "AWS::DynamoDB::Table": ("ResourcePolicy", "PolicyDocument"),
    "AWS::ECR::Repository": ("RepositoryPolicyText",),
    "AWS::Events::EventBus": ("Policy",),
    "AWS::IAM::Role": ("AssumeRolePolicyDocument",),
    "AWS::KMS::Key": ("KeyPolicy",),
    "AWS::Kinesis::ResourcePolicy": ("ResourcePolicy",),
    "AWS::S3::AccessPoint": ("Policy",),
    "AWS::S3::BucketPolicy": ("PolicyDocument",),
    "AWS::SecretsManager::ResourcePolicy": ("ResourcePolicy",),
    "AWS::SNS::TopicInlinePolicy": ("PolicyDocument",),
    "AWS::SNS::TopicPolicy": ("PolicyDocument",),
    "AWS::SQS::QueueInlinePolicy": ("PolicyDocument",),
    "AWS::SQS::QueuePolicy": ("PolicyDocument",),
}


def resource_statements(system: System) -> Iterator[Statement]:
    """Return every statement of the policies that say who may use a resource, trust policies of roles among them.

    Policies of REST APIs are left out: there ``*`` is how a public API begins.
    """
    for kind, keys in _DOCUMENTS.items():
        for holder in system.of_type(kind):
            for document in holder.get(*keys):
                yield from (Statement(holder, statement) for statement in document.listed("Statement"))
    for policy in system.of_type("AWS::Events::EventBusPolicy"):
        yield from (Statement(policy, statement) for statement in policy.listed("Statement"))


def principals(statement: Value) -> Iterator[Value]:
    """Return the principals of a statement, of whatever kind."""
    for principal in statement.get("Principal"):
        kinds = principal.fields()
        if not kinds and not principal.absent:
            yield from principal.elements()
        for _, listed in kinds:
            yield from listed.elements()


def condition_keys(statement: Value) -> Iterator[str | None]:
    """Return the keys that a statement's condition asks about; ``None`` for what nobody knows."""
    for condition in statement.get("Condition"):
        if not condition.known:
            yield None
        for _, asked in condition.fields():
            keys = [str(key) for key, _ in asked.fields()]
            yield from keys or (None,)
