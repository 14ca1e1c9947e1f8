import base64
import json

import boto3

from storage import save


def lambda_handler(event, context):
    """Sample pure Lambda function"""
    s3 = boto3.client("s3")
    if event["httpMethod"] == "POST":
        data = base64.b64decode(event["body"])
        s3.put_object(Bucket="uploads", Key=event["path"], Body=data)
        return save(event)
    return {
        "statusCode": 200,
        "body": json.dumps({"message": "hello world"}),
    }
