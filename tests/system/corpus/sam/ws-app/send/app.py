import json
import os

import boto3

ddb = boto3.client("dynamodb")


def handler(event, context):
    api = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{event['requestContext']['domainName']}/Prod")
    data = ddb.scan(TableName=os.environ["TABLE_NAME"], ProjectionExpression="connectionId")
    for each in data["Items"]:
        api.post_to_connection(ConnectionId=each["connectionId"]["S"], Data=json.loads(event["body"])["data"])
    return {"statusCode": 200, "body": "Data sent."}
