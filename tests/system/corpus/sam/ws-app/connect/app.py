import os

import boto3

ddb = boto3.client("dynamodb")


def handler(event, context):
    ddb.put_item(TableName=os.environ["TABLE_NAME"], Item={"connectionId": {"S": event["requestContext"]["connectionId"]}})
    return {"statusCode": 200, "body": "Connected."}
