"""API005: access logs are on."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System


class AccessIsLogged(TemplateRule):
    """A stage writes an access log."""

    id = "API005"
    title = "access logs are on"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::ApiGatewayV2::Stage, AWS::ApiGateway::Stage"
    why = "no audit otherwise"
    fix = "AccessLogSettings: {DestinationArn: !GetAtt AccessLogs.Arn, Format: …}"
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield stages whose calls leave no trace."""
        for kind, key in (("V2::Stage", "AccessLogSettings"), ("::Stage", "AccessLogSetting")):
            for stage in system.of_type(f"AWS::ApiGateway{kind}"):
                for destination in stage.get(key, "DestinationArn"):
                    if destination.absent:
                        yield self.found(stage, "it writes no access log", at=destination)
