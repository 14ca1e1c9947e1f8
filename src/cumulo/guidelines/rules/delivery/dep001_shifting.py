"""DEP001: functions shift by canary or linear, watched by alarms."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_UPDATE = "CodeDeployLambdaAliasUpdate"
_GROUP = "AWS::CodeDeploy::DeploymentGroup"
_CONFIG = "AWS::CodeDeploy::DeploymentConfig"
_AT_ONCE = "AllAtOnce"


class TrafficShiftsGradually(TemplateRule):
    """An alias in production moves its traffic to a new version in steps, and alarms can stop it.

    Judged are aliases; FN010 asks for them where there are none.
    """

    id = "DEP001"
    title = "functions shift by canary or linear, watched by alarms, in production"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = "AWS::Lambda::Alias"
    why = "a bad version reaches everybody at once otherwise"
    fix = (
        "UpdatePolicy: {CodeDeployLambdaAliasUpdate: {ApplicationName: !Ref Deployments, DeploymentGroupName:"
        " !Ref Group}}"
    )
    fix_sam = "DeploymentPreference: {Type: Canary10Percent5Minutes, Alarms: [!Ref Errors]}"
    fix_cdk = (
        'codedeploy.LambdaDeploymentGroup(self, "Group", alias=live, alarms=[errors], '
        "deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES)"
    )
    documentation = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatepolicy.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield aliases that move at once, and deployment groups that nobody watches."""
        groups: dict[Resource, Value] = {}
        for alias in system.of_type("AWS::Lambda::Alias"):
            if all(not value.absent for value in alias.get("RoutingConfig")):
                continue
            named = alias.part("UpdatePolicy", _UPDATE, "DeploymentGroupName")
            if all(value.absent for value in named):
                yield self.found(alias, "its traffic moves to a new version at once")
            groups.update({group: value for value in named if (group := system.target(value, _GROUP)) is not None})
        for group in groups:
            yield from self._judge(system, group)

    def _judge(self, system: System, group: Resource) -> Iterator[Finding]:
        configs = group.get("DeploymentConfigName")
        if all(_is_at_once(system, config) for config in configs):
            yield self.found(group, "it moves all traffic to a new version at once", at=configs[0])
        alarms = group.get("AlarmConfiguration", "Alarms")
        switches = group.get("AlarmConfiguration", "Enabled")
        if all(not each.elements() for each in alarms) or all(switch.flag is False for switch in switches):
            yield self.found(group, "no alarm stops it when the new version fails", at=alarms[0])


def _is_at_once(system: System, config: Value) -> bool:
    own = system.target(config, _CONFIG)
    if own is not None:
        return all(kind.text == _AT_ONCE for kind in own.get("TrafficRoutingConfig", "Type"))
    return (config.text or "").endswith(_AT_ONCE)
