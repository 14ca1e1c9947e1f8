"""Rules about permissions: severities, settings, several templates, and what AWS's pages say."""

from __future__ import annotations

import json
from importlib.resources import files

from cumulo.guidelines.finding import Severity
from cumulo.guidelines.relations.unscoped import NOTHING_NARROWER

STATEMENT = """
    Resources:
      Policy: {{Type: AWS::S3::BucketPolicy, Properties: {{PolicyDocument: {{Statement: [{statement}]}}}}}}
"""


def test_a_table_of_another_stack_keeps_its_indexes_in_sight(judge):
    data = """
        Resources:
          Table: {Type: AWS::DynamoDB::Table, Properties: {GlobalSecondaryIndexes: [{IndexName: by-owner}]}}
        Outputs:
          Arn: {Value: !GetAtt Table.Arn, Export: {Name: table-arn}}
    """
    api = """
        Resources:
          Role:
            Type: AWS::IAM::Role
            Properties:
              Policies:
                - PolicyDocument:
                    Statement: [{Effect: Allow, Action: "dynamodb:Query", Resource: RESOURCE}]
    """
    alone = "!ImportValue table-arn"
    both = '[!ImportValue table-arn, !Join ["", [!ImportValue table-arn, "/index/*"]]]'
    assert [f.subject for f in judge("IAM004", data, api.replace("RESOURCE", alone))] == ["stack2/Role"]
    assert not judge("IAM004", data, api.replace("RESOURCE", both))


def test_a_managed_policy_of_two_roles_is_told_once(judge):
    found = judge(
        "IAM004",
        """
        Resources:
          Table: {Type: AWS::DynamoDB::Table, Properties: {LocalSecondaryIndexes: [{IndexName: by-day}]}}
          One: {Type: AWS::IAM::Role, Properties: {ManagedPolicyArns: [!Ref Reading]}}
          Two: {Type: AWS::IAM::Role, Properties: {ManagedPolicyArns: [!Ref Reading]}}
          Reading:
            Type: AWS::IAM::ManagedPolicy
            Properties:
              PolicyDocument: {Statement: [{Effect: Allow, Action: "dynamodb:Q*", Resource: !GetAtt Table.Arn}]}
        """,
    )
    assert [f.message for f in found] == ["it allows queries of Table, but not of its indexes"]


def test_what_says_nothing_of_the_caller_is_a_setting(judge):
    statement = '{Effect: Allow, Principal: "*", Action: a, Condition: {StringEquals: {"aws:PrincipalTag/Team": x}}}'
    text = STATEMENT.format(statement=statement)
    assert not judge("IAM005", text)
    assert judge("IAM005", text, harmless_conditions=["aws:principaltag/team"])


def test_anybody_in_any_account_is_an_error_a_service_without_a_source_a_warning(judge):
    found = judge(
        "IAM006",
        """
        Resources:
          All: {Type: AWS::Lambda::Permission, Properties: {Action: "lambda:InvokeFunction", Principal: "*"}}
          Bus: {Type: AWS::Lambda::Permission, Properties: {Action: "x", Principal: events.amazonaws.com}}
        """,
    )
    assert [(f.severity, f.message) for f in found] == [
        (Severity.ERROR, "anybody in any account may invoke the function"),
        (Severity.WARNING, "events may invoke the function for anybody, in any account"),
    ]


def test_a_function_url_needs_both_actions_and_neither_names_a_source(judge):
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html."""
    assert not judge(
        "IAM006",
        """
        Resources:
          Url:
            Type: AWS::Lambda::Permission
            Properties: {Action: "lambda:InvokeFunctionUrl", Principal: "*", FunctionUrlAuthType: NONE}
          Through:
            Type: AWS::Lambda::Permission
            Properties: {Action: "lambda:InvokeFunction", Principal: "*", InvokedViaFunctionUrl: true}
        """,
    )


def test_functions_of_two_stacks_may_share_a_role_as_well(judge):
    roles = """
        Resources:
          Role: {Type: AWS::IAM::Role, Properties: {RoleName: workers}}
          A: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
    """
    other = """
        Resources:
          B: {Type: AWS::Lambda::Function, Properties: {Role: "arn:aws:iam::123456789012:role/workers"}}
    """
    (found,) = judge("IAM003", roles, other)
    assert (found.subject, found.message) == ("stack1/Role", "2 functions share one role: A, B")


def test_actions_that_need_a_star_know_no_resources():
    """https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html

    cfn-lint carries AWS's list of actions and of what they know.
    """
    known = json.loads((files("cfnlint") / "data/AdditionalSpecs/Policies.json").read_text())
    for allowed in NOTHING_NARROWER:
        service, action = allowed.lower().split(":")
        if service in ("cloudwatch", "ec2") or "*" in action:
            continue
        found = known[service]["Actions"].get(action)
        assert found is not None, allowed
        assert not found.get("Resources") or allowed == "rekognition:DetectModerationLabels", allowed


def test_the_fix_speaks_of_the_service_that_the_policy_is_about(judge):
    def policy(action):
        statement = f"{{Effect: Allow, Action: '{action}', Resource: '*'}}"
        document = f"{{PolicyDocument: {{Statement: [{statement}]}}}}"
        return f"Resources: {{Policy: {{Type: AWS::IAM::Policy, Properties: {document}}}}}"

    (found,) = judge("IAM002", policy("sqs:SendMessage"))
    assert found.fix == "Resource: !GetAtt Queue.Arn"
    (found,) = judge("IAM001", policy("SQS:*"))
    assert found.fix == "Action: [sqs:SendMessage]"
    (found,) = judge("IAM002", policy("glue:GetTable"))
    assert found.fix.startswith("Resource: the ARNs")
