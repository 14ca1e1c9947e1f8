"""Rules about deliveries."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cumulo.assembly import Assembly, StackArtifact
from cumulo.guidelines.assembled import of_assembly
from cumulo.guidelines.discovery import template_rules

(PROTECTED,) = (rule for rule in template_rules() if rule.id == "DEP002")


def assembly(*, protected):
    stack = StackArtifact("data", "items-prod-data", {"Resources": {}}, termination_protection=protected)
    return Assembly(Path("/items/out"), Path("/items"), "items", "prod", True, None, "eu-central-1", "3.12", (stack,))


def test_a_stack_without_termination_protection_is_found():
    (found,) = PROTECTED({}, True).check(of_assembly(assembly(protected=False)))
    assert (found.subject, found.file, found.line) == ("items-prod-data", "out/data.template.json", None)


def test_a_protected_stack_is_not():
    assert not list(PROTECTED({}, True).check(of_assembly(assembly(protected=True))))


def test_nobody_knows_how_a_bare_template_is_deployed(judge):
    assert not judge("DEP002", "Resources: {}", production=True)


def test_each_stack_is_judged_on_its_own():
    system = of_assembly(assembly(protected=False))
    (stack,) = system.stacks
    stacks = (stack, replace(stack, name="other", protected=True), replace(stack, name="third"))
    found = PROTECTED({}, True).check(replace(system, stacks=stacks))
    assert [finding.subject for finding in found] == ["items-prod-data", "third"]


@pytest.mark.parametrize(
    ("alarms", "message"),
    [
        ("{Alarms: [{Name: errors}]}", None),
        ("{Alarms: [{Name: errors}], Enabled: false}", "no alarm stops it when the new version fails"),
        ("{Enabled: true}", "no alarm stops it when the new version fails"),
        ("!Ref AWS::NoValue", "no alarm stops it when the new version fails"),
        ("{Alarms: !Ref Alarms}", None),
    ],
)
def test_a_deployment_is_watched(judge, alarms, message):
    text = f"""
        Parameters:
          Alarms: {{Type: CommaDelimitedList}}
        Resources:
          Alias:
            Type: AWS::Lambda::Alias
            UpdatePolicy: {{CodeDeployLambdaAliasUpdate: {{ApplicationName: app, DeploymentGroupName: !Ref Group}}}}
          Group:
            Type: AWS::CodeDeploy::DeploymentGroup
            Properties:
              DeploymentConfigName: CodeDeployDefault.LambdaLinear10PercentEvery1Minute
              AlarmConfiguration: {alarms}
    """
    found = judge("DEP001", text, production=True)
    assert [finding.message for finding in found] == ([message] if message else [])


def test_two_aliases_share_a_group_that_is_judged_once(judge):
    alias = "UpdatePolicy: {CodeDeployLambdaAliasUpdate: {ApplicationName: app, DeploymentGroupName: !Ref Group}}"
    text = f"""
        Resources:
          One: {{Type: AWS::Lambda::Alias, {alias}}}
          Two: {{Type: AWS::Lambda::Alias, {alias}}}
          Group:
            Type: AWS::CodeDeploy::DeploymentGroup
            Properties:
              DeploymentConfigName: CodeDeployDefault.LambdaAllAtOnce
              AlarmConfiguration: {{Alarms: [{{Name: errors}}]}}
    """
    (found,) = judge("DEP001", text, production=True)
    assert found.subject == "stack1/Group"
