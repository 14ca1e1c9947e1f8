"""API005: access logs are on."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.apis import in_globals
from cumulo.guidelines.relations.stages import DEPLOYMENT, Stage, stages
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System

_CDK_REST_FIX = (
    "deploy_options=apigateway.StageOptions(access_log_destination=apigateway.LogGroupLogDestination(group))"
)

_SERVERLESS_LOGS = "ApiGatewayLogGroup"


class AccessIsLogged(TemplateRule):
    """A stage writes an access log.

    Serverless Framework declares a log group for a REST API, and tells the stage of it only after the deployment
    (https://www.serverless.com/framework/docs/providers/aws/events/apigateway#logs): where the group is, logs are on.
    """

    id = "API005"
    title = "access logs are on"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::ApiGatewayV2::Stage, AWS::ApiGateway::Stage, AWS::ApiGateway::Deployment"
    why = "no audit otherwise"
    fix = "AccessLogSettings: {DestinationArn: !GetAtt AccessLogs.Arn, Format: …}"
    fix_cdk = "access_log_settings with apigatewayv2.LogGroupLogDestination(group) as its destination"
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield stages whose calls leave no trace."""
        for stage in stages(system):
            if stage.holder.type == DEPLOYMENT and _SERVERLESS_LOGS in stage.holder.stack.resources:
                continue
            key = "AccessLogSetting" if stage.rest else "AccessLogSettings"
            for destination in stage.value.get(key, "DestinationArn"):
                if destination.absent:
                    fix = self._fix_for(stage)
                    yield self.found(stage.holder, "it writes no access log", at=destination, fix=fix)

    def _fix_for(self, stage: Stage) -> str | None:
        if stage.holder.by_sam or stage.rest:
            if stage.holder.stack.constructs:
                return _CDK_REST_FIX
            key = "AccessLogSetting" if stage.rest else "AccessLogSettings"
            return in_globals(stage.holder, self.fix.replace("AccessLogSettings", key))
        return None
