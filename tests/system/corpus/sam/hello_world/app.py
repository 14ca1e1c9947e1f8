import json
import os
from datetime import datetime

import boto3
import requests

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
CACHE = {}


def get(event, context):
    print(event)
    item = table.scan()["Items"][0]
    requests.get("https://example.com/hook")
    return {"statusCode": 200, "body": json.dumps(item, default=str)}


def create(event, context):
    try:
        body = json.loads(event["body"])
        table.put_item(Item={"id": body["id"], "at": datetime.utcnow().isoformat()})
    except Exception as error:
        return {"statusCode": 500, "body": str(error)}
    return {"statusCode": 201, "body": "{}"}


def handler(event, context):
    return {}
def lambda_handler(event, context): return {}
