import os

import boto3

secrets = boto3.client("secretsmanager")


def handler(event, context):
    secret = secrets.get_secret_value(SecretId=os.environ["SECRET"])["SecretString"]
    return {"isAuthorized": event["headers"].get("authorization") == secret}
