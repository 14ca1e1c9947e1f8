"""The same for Chalice, whose policy is made from the client calls that it finds in the source."""

import os

import boto3
from chalice import Chalice

app = Chalice(app_name="crud")
client = boto3.client("dynamodb")
table = os.environ.get("ITEMS_TABLE_NAME", "items")


@app.route("/items", methods=["POST"])
def create() -> dict:
    return client.put_item(TableName=table, Item={"PK": {"S": "1"}})


@app.route("/items/{item_id}", methods=["GET"])
def get(item_id: str) -> dict:
    return client.get_item(TableName=table, Key={"PK": {"S": item_id}})


@app.route("/items", methods=["GET"])
def find() -> dict:
    values = {":value": {"S": "all"}}
    return client.query(
        TableName=table,
        IndexName="GSI1",
        KeyConditionExpression="GSI1PK = :value",
        ExpressionAttributeValues=values,
    )


@app.route("/items/{item_id}", methods=["PATCH"])
def update(item_id: str) -> dict:
    return client.update_item(TableName=table, Key={"PK": {"S": item_id}}, UpdateExpression="REMOVE Note")


@app.route("/items/{item_id}", methods=["DELETE"])
def delete(item_id: str) -> dict:
    return client.delete_item(TableName=table, Key={"PK": {"S": item_id}})
