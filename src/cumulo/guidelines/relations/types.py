"""The resource types that many rules speak of."""

from __future__ import annotations

FUNCTION = "AWS::Lambda::Function"
QUEUE = "AWS::SQS::Queue"
TABLE = "AWS::DynamoDB::Table"
BUCKET = "AWS::S3::Bucket"
ROLE = "AWS::IAM::Role"
ALARM = "AWS::CloudWatch::Alarm"
LOG_GROUP = "AWS::Logs::LogGroup"
LOG_RETENTION = "Custom::LogRetention"
"""The CDK's: it sets the retention of a log group that Lambda makes."""
