import os
import random
from datetime import datetime, timezone
from uuid import uuid4

import boto3
from boto3.dynamodb.conditions import Key

table = boto3.resource("dynamodb").Table(os.environ.get("TABLE", "x"))


def lambda_handler(event, context):
    items = []
    for each in event["owners"]:
        items += table.query(KeyConditionExpression=Key("owner").eq(each))["Items"]
    latest = items[:10]
    return {"id": str(uuid4()), "type": "sell", "qty": str(random.randint(1, 10)),
            "timestamp": datetime.now(timezone.utc).isoformat(), "latest": latest}
