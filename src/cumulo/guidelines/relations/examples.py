"""What a policy says instead of a star, by service: for fixes that speak of what is there."""

from __future__ import annotations

from collections.abc import Mapping

ACTIONS: Mapping[str, str] = {
    "dynamodb": "dynamodb:GetItem, dynamodb:PutItem",
    "s3": "s3:GetObject, s3:PutObject",
    "secretsmanager": "secretsmanager:GetSecretValue",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
    "ssm": "ssm:GetParameter",
    "states": "states:StartExecution",
}
_HERE = "${AWS::Region}:${AWS::AccountId}"
RESOURCES: Mapping[str, str] = {
    "dynamodb": "!GetAtt Table.Arn",
    "events": "!GetAtt Bus.Arn",
    "execute-api": f'!Sub "arn:${{AWS::Partition}}:execute-api:{_HERE}:${{Api}}/${{Stage}}/*"',
    "kms": "!GetAtt Key.Arn",
    "lambda": "!GetAtt Function.Arn",
    "logs": "!GetAtt LogGroup.Arn",
    "s3": '!Sub "${Bucket.Arn}/*"',
    "secretsmanager": "!Ref Secret",
    "ses": f'!Sub "arn:${{AWS::Partition}}:ses:{_HERE}:identity/example.com"',
    "sns": "!Ref Topic",
    "sqs": "!GetAtt Queue.Arn",
    "ssm": f'!Sub "arn:${{AWS::Partition}}:ssm:{_HERE}:parameter/shop/*"',
    "states": "!Ref StateMachine",
}


def service_of(action: str) -> str:
    """Return the service of an action in lower case: ``"sqs"`` of ``"sqs:SendMessage"``.

    Examples
    --------
    >>> service_of("SQS:*")
    'sqs'
    """
    return action.partition(":")[0].lower()
