"""WS002: the table that keeps connections has a TTL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.apis import WEBSOCKET, routes
from cumulo.guidelines.relations.calling import function_named
from cumulo.guidelines.relations.policies import Statement
from cumulo.guidelines.relations.roles import role_of, statements_by_role
from cumulo.guidelines.relations.types import FUNCTION, TABLE
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System

_INTEGRATION = "AWS::ApiGatewayV2::Integration"
_WRITES = ("dynamodb:PutItem", "dynamodb:UpdateItem")


class ConnectionsExpire(TemplateRule):
    """Connections that ended without a ``$disconnect`` leave the table by themselves.

    The table is the one that the function behind ``$connect`` may write to; where its role does not tell, the one its
    environment names. Of several it is the one whose name speaks of connections; otherwise nobody knows.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html:
    ``$disconnect`` is a best-effort event.
    """

    id = "WS002"
    title = "the table that keeps connections has a TTL"
    severity = everywhere(Severity.WARNING)
    subject = TABLE
    why = "dead connections pile up"
    fix = "TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}"
    fix_python = 'ttl="expires_at"'
    fix_cdk = 'time_to_live_attribute="expires_at"'
    documentation = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html"
    settings = {"names": ("connection", "socket")}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield tables that keep connections for ever."""
        handlers = _connect_handlers(system)
        if not handlers:
            return
        allowed = statements_by_role(system)
        told: set[Resource] = set()
        for handler in handlers:
            table = self._table(_written_tables(system, handler, allowed) or _named_tables(system, handler))
            if table is None or table in told:
                continue
            told.add(table)
            for enabled in table.get("TimeToLiveSpecification", "Enabled"):
                if enabled.absent or enabled.flag is False:
                    message = f"it keeps the connections that {handler.name} opens, and has no TTL"
                    yield self.found(table, message, at=enabled)

    def _table(self, tables: Set[Resource]) -> Resource | None:
        if len(tables) > 1:
            tables = {table for table in tables if any(name in _names(table) for name in self.set["names"])}
        return next(iter(tables)) if len(tables) == 1 else None


def _names(table: Resource) -> str:
    return " ".join([table.id, *(name.pattern or "" for name in table.get("TableName"))]).lower()


def _connect_handlers(system: System) -> list[Resource]:
    """Return the functions behind the ``$connect`` routes, in the order of the templates."""
    found: dict[Resource, None] = {}
    for route in routes(system):
        if route.kind != WEBSOCKET or route.name != "$connect":
            continue
        for target in route.value.get("Target"):
            integration = system.target(target, _INTEGRATION)
            for uri in integration.get("IntegrationUri") if integration else ():
                function = function_named(system, uri)
                if function is not None and function.type == FUNCTION:
                    found[function] = None
    return list(found)


def _written_tables(
    system: System, function: Resource, allowed: Mapping[Resource, Sequence[Statement]]
) -> Set[Resource]:
    role = role_of(system, function)
    return {
        table
        for statement in (allowed.get(role, ()) if role else ())
        if statement.allows and statement.concerns(*_WRITES)
        for resource in statement.listed("Resource")
        if (table := system.target(resource, TABLE)) is not None
    }


def _named_tables(system: System, function: Resource) -> Set[Resource]:
    return {
        table
        for variables in function.get("Environment", "Variables")
        for _, value in variables.fields()
        if (table := system.target(value, TABLE)) is not None
    }
