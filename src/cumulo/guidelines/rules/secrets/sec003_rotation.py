"""SEC003: a database's password changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_VAULTED = "AWS::SecretsManager::Secret"
_ATTACHMENT = "AWS::SecretsManager::SecretTargetAttachment"
_DATABASES = (
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBCluster",
    "AWS::DocDB::DBCluster",
    "AWS::Redshift::Cluster",
)


class SecretsRotate(TemplateRule):
    """A database's password that lies in Secrets Manager has a rotation schedule, and the schedule a time.

    Other secrets are left alone: only those who issued an API key can change it.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html
    """

    id = "SEC003"
    title = "a database's secret rotates"
    severity = everywhere(Severity.INFO)
    subject = _VAULTED
    why = "a password that leaked once works for ever"
    fix = "ManageMasterUserPassword: true on the database, or an AWS::SecretsManager::RotationSchedule for the secret"
    fix_cdk = "database.add_rotation_single_user()"
    documentation = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield secrets of databases that stay the same."""
        schedules = [
            (schedule, _secret(system, value))
            for schedule in system.of_type("AWS::SecretsManager::RotationSchedule")
            for value in schedule.get("SecretId")
        ]
        for schedule, _ in schedules:
            if all(rules.absent for rules in schedule.get("RotationRules")):
                message = "it has no RotationRules: the secret rotates once, and then by hand only"
                yield self.found(schedule, message, fix="RotationRules: {AutomaticallyAfterDays: 30}")
        rotated = {secret for _, secret in schedules}
        if None not in rotated:
            for secret, database in _database_secrets(system).items():
                if secret not in rotated:
                    yield self.found(secret, f"the password of {database} never changes: it has no rotation schedule")


def _database_secrets(system: System) -> Mapping[Resource, str]:
    """Return the secrets that hold a database's password, each with what names it."""
    found: dict[Resource, str] = {}
    for attachment in system.of_type(_ATTACHMENT):
        for value in attachment.get("SecretId"):
            secret = _secret(system, value)
            targets = (system.resource(each) for value in attachment.get("TargetId") for each in value.references)
            if secret is not None:
                found[secret] = next((target.name for target in targets if target), "its database")
    for database in system.of_type(*_DATABASES):
        for password in database.get("MasterUserPassword"):
            secret = system.target(password, _VAULTED)
            if secret is not None:
                found[secret] = database.name
    return found


def _secret(system: System, value: Value) -> Resource | None:
    """Return the secret that a value names; an attachment stands for its own."""
    attachment = system.target(value, _ATTACHMENT)
    if attachment is not None:
        value = attachment.get("SecretId")[0]
    return system.target(value, _VAULTED)
