import json
import logging

import boto3
from botocore.exceptions import ClientError

log = logging.getLogger(__name__)
sqs = boto3.client("sqs")


def handler(event, context):
    try:
        sqs.send_message(QueueUrl="q", MessageBody=event["body"])
    except ClientError as error:
        log.exception("sending failed")
        return {"statusCode": 502, "body": json.dumps({"message": error.response["Error"]["Message"]})}
    return {"statusCode": 202, "body": "{}"}
