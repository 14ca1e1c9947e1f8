"""IAM004: who may query a table may query its indexes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.policies import Statement, statements
from cumulo.guidelines.relations.roles import statements_by_role
from cumulo.guidelines.relations.types import TABLE
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_ON_INDEXES = ("dynamodb:Query", "dynamodb:Scan")
_NAMED = re.compile(r":table/([^/*\0]+)")


class IndexesAreGranted(TemplateRule):
    """A role that may query or scan a table with secondary indexes may do so with these."""

    id = "IAM004"
    title = "a grant to query a table covers its indexes"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::IAM::*"
    why = "a query of an index fails at run time otherwise"
    fix = 'Resource: [!GetAtt Table.Arn, !Sub "${Table.Arn}/index/*"]'
    fix_cdk = "table.grant_read_data(function), which covers the indexes"
    documentation = (
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-specific-table-indexes.html"
    )

    def check(self, system: System) -> Iterator[Finding]:
        """Yield statements that name a table without its indexes."""
        tables = {table: True for table in system.of_type(TABLE) if _has_indexes(table)}
        if not tables:
            return
        names = {name.text: table for table in tables for name in table.get("TableName") if name.text}
        told: set[tuple[str | int, ...]] = set()
        for granted in _together(system):
            queries = [statement for statement in granted if statement.allows and statement.concerns(*_ON_INDEXES)]
            resources = [(each, value) for each in queries for value in each.listed("Resource")]
            covered = {_table(system, value, names) for _, value in resources if _covers_indexes(value)}
            for statement, value in resources:
                table = _table(system, value, names)
                if table not in tables or covered & {table, None} or (statement.holder.id, *value.path) in told:
                    continue
                told.add((statement.holder.id, *value.path))
                message = f"it allows queries of {table.name if table else ''}, but not of its indexes"
                yield self.found(statement.holder, message, at=value)


def _together(system: System) -> Iterable[Sequence[Statement]]:
    """Return the statements that hold together: of one role, or of one policy that is attached to nothing here."""
    of_roles = list(statements_by_role(system).values())
    seen = {statement.holder for granted in of_roles for statement in granted}
    loose: dict[Resource, list[Statement]] = {}
    for statement in statements(system):
        if statement.holder not in seen:
            loose.setdefault(statement.holder, []).append(statement)
    return (*of_roles, *loose.values())


def _has_indexes(table: Resource) -> bool:
    return any(
        next(iter(indexes.elements()), None) is not None
        for key in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
        for indexes in table.get(key)
        if indexes.known
    )


def _covers_indexes(value: Value) -> bool:
    """Tell whether a resource of a statement takes in indexes; one that nobody knows may."""
    pattern = value.pattern
    if pattern is None:
        return not value.references
    return "/index/" in pattern or pattern.endswith("*")


def _table(system: System, value: Value, names: Mapping[str, Resource]) -> Resource | None:
    for reference in value.references:
        found = system.resource(reference)
        if found is not None and found.type == TABLE and reference.attribute in (None, "Arn"):
            return found
    named = _NAMED.search(value.pattern or "")
    return names.get(named[1]) if named else None
