import functools
import logging
import os

import boto3
import requests

logger = logging.getLogger()
session = requests.Session()


@functools.cache
def table():
    return boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    response = session.get("https://api.github.com/user", headers={"Authorization": os.environ["GITHUB_TOKEN"]}, timeout=5)
    logger.info("asked", extra={"status": response.status_code})
    table().put_item(Item={"pk": "x"}, ConditionExpression="attribute_not_exists(pk)")
    return {"statusCode": 200}
