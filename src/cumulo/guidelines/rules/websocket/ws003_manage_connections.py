"""WS003: permission to manage connections is scoped to the one API and stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.apis import V2_API
from cumulo.guidelines.relations.policies import Statement, statements
from cumulo.guidelines.relations.stages import stages
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Reference, Value

_ACTION = "execute-api:ManageConnections"


class ManagingConnectionsIsScoped(TemplateRule):
    """Who may write to sockets may do so for one API, and for one stage of it.

    An open stage is told as a warning, and not at all where the API has one stage only: there it opens nothing. A bare
    ``*`` is IAM002's.
    """

    id = "WS003"
    title = "permission to manage connections is scoped to the one API and stage"
    severity = everywhere(Severity.ERROR)
    subject = "AWS::IAM::*"
    why = "a function could write to every socket"
    fix = '!Sub "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/${Stage}/*/@connections/*"'
    documentation = (
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html"
    )

    def check(self, system: System) -> Iterator[Finding]:
        """Yield permissions to write to sockets of other APIs or stages."""
        concerned = [each for each in statements(system) if each.allows and each.concerns(_ACTION)]
        if not concerned:
            return
        of_api = Counter(stage.api for stage in stages(system))
        for statement in concerned:
            for resource in statement.listed("Resource"):
                yield from self._judge(system, statement, resource, of_api)

    def _judge(
        self, system: System, statement: Statement, resource: Value, stages_of: Counter[Resource | None]
    ) -> Iterator[Finding]:
        parts = (resource.pattern or "").split(":", 5)
        if len(parts) < 6 or parts[5] == "*" or not fnmatchcase("execute-api", parts[2]):
            return
        api, _, path = parts[5].partition("/")
        own = next((found for each in resource.references if (found := _web_socket_api(system, each))), None)
        if api.startswith("*"):
            yield self.found(statement.holder, "it may write to the connections of every API", at=resource)
        elif "*" in api or ("*" in path.partition("/")[0] and not (own and stages_of[own] == 1)):
            name = own.name if own else api.replace("\0", "…")
            message = f"it may write to the connections of every stage of {name}"
            yield self.found(statement.holder, message, at=resource, severity=Severity.WARNING)


def _web_socket_api(system: System, reference: Reference) -> Resource | None:
    found = system.resource(reference)
    return found if found is not None and found.type == V2_API else None
