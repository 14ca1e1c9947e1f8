"""IAM002: no wildcard for all resources."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.policies import Statement, statements
from cumulo.guidelines.relations.resource_policies import condition_keys
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value

_NOTHING_NARROWER = (
    "autoscaling:Describe*",
    "cloudwatch:Describe*",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:ListMetrics",
    "cloudwatch:PutMetricData",
    "cognito-idp:ListUserPools",
    "dynamodb:ListTables",
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:Describe*",
    "ec2:UnassignPrivateIpAddresses",
    "ecr:GetAuthorizationToken",
    "elasticloadbalancing:Describe*",
    "iot:DescribeEndpoint",
    "kms:GenerateRandom",
    "kms:ListAliases",
    "kms:ListKeys",
    "lambda:GetAccountSettings",
    "lambda:ListEventSourceMappings",
    "lambda:ListFunctions",
    "logs:DescribeLogGroups",
    "logs:*LogDelivery",
    "logs:ListLogDeliveries",
    "rekognition:DetectFaces",
    "rekognition:DetectLabels",
    "rekognition:DetectModerationLabels",
    "rekognition:DetectText",
    "route53:ListHostedZones*",
    "s3:ListAllMyBuckets",
    "secretsmanager:GetRandomPassword",
    "secretsmanager:ListSecrets",
    "ses:GetSendQuota",
    "sns:ListTopics",
    "sqs:ListQueues",
    "ssm:DescribeParameters",
    "ssmmessages:*",
    "sts:GetCallerIdentity",
    "tag:GetResources",
    "textract:AnalyzeDocument",
    "textract:DetectDocumentText",
    "xray:GetSampling*",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)
# Conditions that pick resources where an ARN cannot, beside tags.
_PICKS = ("ecs:cluster", "kms:viaservice")


class ResourcesAreNamed(TemplateRule):
    """A policy names the resources it concerns, where its actions know any.

    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    says for each action whether it does.
    """

    id = "IAM002"
    title = "no * resource, save for actions that know nothing narrower"
    severity = everywhere(Severity.ERROR)
    subject = "AWS::IAM::*"
    why = "least privilege"
    fix = "Resource: !GetAtt Table.Arn"
    documentation = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"
    settings = {"allowed": _NOTHING_NARROWER}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield statements about every resource there is."""
        for statement in statements(system):
            if not statement.allows or statement.is_fixed:
                continue
            for resource in statement.listed("Resource"):
                if _is_everything(resource) and (actions := self._that_could_be_narrower(statement)):
                    yield self.found(statement.holder, f"it allows {', '.join(actions)} on every resource", at=resource)
            for resource in statement.value.get("NotResource"):
                if resource.known and not resource.absent:
                    yield self.found(statement.holder, "it allows every resource save a list", at=resource)

    def _that_could_be_narrower(self, statement: Statement) -> list[str]:
        if _is_narrowed(statement):
            return []
        texts = [action.text for action in statement.listed("Action") if action.text]
        # IAM reads actions without regard to case.
        allowed = {known.lower() for known in self.set["allowed"]}
        patterns = [known for known in allowed if "*" in known]
        return [
            text
            for text in texts
            if text.lower() not in allowed and not any(fnmatchcase(text.lower(), known) for known in patterns)
        ]


def _is_narrowed(statement: Statement) -> bool:
    """Tell whether a condition picks the resources, by their tags for example."""
    keys = condition_keys(statement.value)
    return any(key is None or key.lower() in _PICKS or ":resourcetag/" in key.lower() for key in keys)


def _is_everything(resource: Value) -> bool:
    """Tell whether it is ``*``, or an ARN that names a service and nothing of it."""
    pattern = resource.pattern or ""
    return pattern == "*" or (pattern.startswith("arn:") and pattern.split(":", 5)[5:] == ["*"])
