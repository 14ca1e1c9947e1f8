"""DDB005: several tables of one entity each could be one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.types import TABLE
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System

Shape = tuple[str | None, ...]


class EntitiesShareTables(TemplateRule):
    """Entities that are keyed alike may live in one table, and be read together.

    Tables count together when they are in one stack and their keys have the same types. A table of which the
    partition key has a general name holds several entities already; one with a TTL keeps something else than
    entities, as sessions, locks or connections.
    """

    id = "DDB005"
    title = "tables of one entity each with the same key shape: consider one table"
    severity = everywhere(Severity.INFO)
    subject = TABLE
    why = "fewer round trips, one set of keys"
    fix = "KeySchema: [{AttributeName: PK, KeyType: HASH}, {AttributeName: SK, KeyType: RANGE}]"
    fix_python = 'partition_key="PK", sort_key="SK"'
    documentation = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-table-design.html"
    settings = {"tables": 3, "general_keys": ("pk", "hk", "hashkey", "partitionkey")}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield the first table of each stack's that are keyed alike."""
        groups: dict[tuple[str, Shape], list[Resource]] = {}
        for table in system.of_type(TABLE):
            shape = self._shape(table)
            if shape is not None:
                groups.setdefault((table.stack.scope.stack, shape), []).append(table)
        for tables in groups.values():
            if len(tables) >= self.set["tables"]:
                names = ", ".join(table.name for table in tables)
                yield self.found(tables[0], f"{len(tables)} tables are keyed alike and could be one: {names}")

    def _shape(self, table: Resource) -> Shape | None:
        """Return the types of the keys of a table of one entity."""
        if any(not ttl.absent for ttl in table.get("TimeToLiveSpecification")):
            return None
        types = _types(table)
        keys = {
            kind.text: name.text
            for key in table.listed("KeySchema")
            for kind in key.get("KeyType")
            for name in key.get("AttributeName")
        }
        partition = keys.get("HASH")
        if partition is None or partition.lower().replace("_", "") in self.set["general_keys"]:
            return None
        return tuple(types.get(keys[kind]) for kind in ("HASH", "RANGE") if kind in keys)


def _types(table: Resource) -> Mapping[str | None, str | None]:
    return {
        name.text: kind.text
        for definition in table.listed("AttributeDefinitions")
        for name in definition.get("AttributeName")
        for kind in definition.get("AttributeType")
    }
