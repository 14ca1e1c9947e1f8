"""Five handlers, and all that they ask of DynamoDB: one operation each."""
# ruff: noqa: ARG001

import json
import os

import boto3

client = boto3.client("dynamodb")
table = os.environ.get("ITEMS_TABLE_NAME", "items")


def answer(body: object) -> dict:
    print("done")
    return {"statusCode": 200, "body": json.dumps(body)}


def create(event: dict, context: object) -> dict:
    return answer(client.put_item(TableName=table, Item={"PK": {"S": event["body"]}}))


def get(event: dict, context: object) -> dict:
    return answer(client.get_item(TableName=table, Key={"PK": {"S": event["pathParameters"]["id"]}}))


def find(event: dict, context: object) -> dict:
    values = {":value": {"S": "all"}}
    return answer(
        client.query(
            TableName=table,
            IndexName="GSI1",
            KeyConditionExpression="GSI1PK = :value",
            ExpressionAttributeValues=values,
        )
    )


def update(event: dict, context: object) -> dict:
    key = {"PK": {"S": event["pathParameters"]["id"]}}
    return answer(client.update_item(TableName=table, Key=key, UpdateExpression="REMOVE Note"))


def delete(event: dict, context: object) -> dict:
    return answer(client.delete_item(TableName=table, Key={"PK": {"S": event["pathParameters"]["id"]}}))
