"""NET002: databases are encrypted, and in production backed up, protected and in several zones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.databases import (
    CLUSTERS,
    INSTANCE,
    cluster_sizes,
    has_any,
    is_copied,
    is_member,
    is_replica,
)
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_DEFAULT_BACKUP = 1


@dataclass(frozen=True)
class _Fault:
    what: str
    fix: str
    at: Value


class DatabasesAreKept(TemplateRule):
    """A database is encrypted; in production it has backups, deletion protection and a second zone.

    What is copied from a snapshot or another database is encrypted as that is, and Aurora encrypts every new cluster
    (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html): both may leave it unsaid.
    An instance of a cluster has what its cluster says. Turning encryption on replaces the database.
    """

    id = "NET002"
    title = "database: encrypted; backups of 7 days, deletion protection and several zones in production"
    severity = everywhere(Severity.WARNING)
    subject = INSTANCE
    why = "data outlives a mistake, a zone and a stolen disk"
    fix = "StorageEncrypted: true, BackupRetentionPeriod: 7, DeletionProtection: true, MultiAZ: true"
    documentation = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_BestPractices.html"
    settings = {"least_backup_days": 7}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield databases that lack something, once for each."""
        sizes = cluster_sizes(system)
        for database in system.of_type(INSTANCE, *CLUSTERS):
            if is_member(database):
                continue
            faults = [*_encryption(database)]
            if self.production and not is_replica(database):
                faults += [*self._backups(database), *_protection(database), *_zones(database, sizes)]
            if faults:
                yield self.found(
                    database,
                    f"the database {', '.join(fault.what for fault in faults)}",
                    at=faults[0].at,
                    fix=", ".join(fault.fix for fault in faults),
                )

    def _backups(self, database: Resource) -> Iterator[_Fault]:
        least = self.set["least_backup_days"]
        kept = database.get("BackupRetentionPeriod")
        days = [_DEFAULT_BACKUP if value.absent else value.number for value in kept]
        if all(each is not None and each < least for each in days):
            spelt = {0.0: "no backups", 1.0: "backups for 1 day"}.get(days[0] or 0.0, f"backups for {days[0]:g} days")
            yield _Fault(f"keeps {spelt}", f"BackupRetentionPeriod: {least}", kept[0])


def _encryption(database: Resource) -> Iterator[_Fault]:
    stated = database.get("StorageEncrypted")
    by_default = any((engine.text or "aurora").startswith("aurora") for engine in database.get("Engine"))
    silent = is_copied(database) or (by_default and database.type in ("AWS::RDS::DBCluster", INSTANCE))
    for value in stated:
        if value.flag is False or (value.absent and not silent):
            yield _Fault("is not encrypted", "StorageEncrypted: true", value)
            return


def _protection(database: Resource) -> Iterator[_Fault]:
    protected = database.get("DeletionProtection")
    if all(value.absent or value.flag is False for value in protected):
        yield _Fault("has no deletion protection", "DeletionProtection: true", protected[0])


def _zones(database: Resource, sizes: Mapping[Resource, int]) -> Iterator[_Fault]:
    if database.type != INSTANCE:
        if sizes.get(database) == 1 and not has_any(database, ("DBClusterInstanceClass",)):
            yield _Fault("has one instance", "a second DBInstance in another zone", database.get("Engine")[0])
        return
    spread = database.get("MultiAZ")
    # SQL Server may be mirrored by an option group instead.
    mirrored = any((engine.text or "sqlserver").startswith("sqlserver") for engine in database.get("Engine"))
    if not mirrored and all(value.absent or value.flag is False for value in spread):
        yield _Fault("lives in one zone", "MultiAZ: true", spread[0])
