"""API005: access logs are on."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.stages import stages
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System


class AccessIsLogged(TemplateRule):
    """A stage writes an access log."""

    id = "API005"
    title = "access logs are on"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::ApiGatewayV2::Stage, AWS::ApiGateway::Stage, AWS::ApiGateway::Deployment"
    why = "no audit otherwise"
    fix = "AccessLogSettings: {DestinationArn: !GetAtt AccessLogs.Arn, Format: …}"
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield stages whose calls leave no trace."""
        for stage in stages(system):
            key = "AccessLogSetting" if stage.rest else "AccessLogSettings"
            for destination in stage.value.get(key, "DestinationArn"):
                if destination.absent:
                    fix = self.fix.replace("AccessLogSettings", key) if stage.rest else None
                    yield self.found(stage.holder, "it writes no access log", at=destination, fix=fix)
