"""Relational and document databases: instances, clusters, and which belong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from cumulo.guidelines.system import Resource, System

INSTANCE = "AWS::RDS::DBInstance"
CLUSTERS: Mapping[str, str] = {
    "AWS::DocDB::DBCluster": "AWS::DocDB::DBInstance",
    "AWS::Neptune::DBCluster": "AWS::Neptune::DBInstance",
    "AWS::RDS::DBCluster": INSTANCE,
}
"""The types of clusters, each with the type of its instances."""

_REPLICA_OF = ("ReplicationSourceIdentifier", "SourceDBClusterIdentifier", "SourceDBInstanceIdentifier")
_COPIED_FROM = (
    *_REPLICA_OF,
    "DBClusterSnapshotIdentifier",
    "DBSnapshotIdentifier",
    "GlobalClusterIdentifier",
    "SnapshotIdentifier",
    "SourceDbiResourceId",
)


def cluster_sizes(system: System) -> Mapping[Resource, int]:
    """Count the instances of each cluster that has some in the system."""
    found: Counter[Resource] = Counter()
    for cluster_type, instance_type in CLUSTERS.items():
        for instance in system.of_type(instance_type):
            named = (system.target(value, cluster_type) for value in instance.get("DBClusterIdentifier"))
            found.update({cluster for cluster in named if cluster is not None})
    return found


def is_member(database: Resource) -> bool:
    """Tell whether a database is an instance of a cluster: most of what is said of it is said there."""
    return database.type == INSTANCE and has_any(database, ("DBClusterIdentifier",))


def is_replica(database: Resource) -> bool:
    """Tell whether a database follows another one."""
    return has_any(database, _REPLICA_OF)


def is_copied(database: Resource) -> bool:
    """Tell whether a database is made from another or from a snapshot, and is encrypted as that is."""
    return has_any(database, _COPIED_FROM)


def has_any(database: Resource, keys: Sequence[str]) -> bool:
    """Tell whether one of these properties may be set."""
    return any(not value.absent for key in keys for value in database.get(key))
