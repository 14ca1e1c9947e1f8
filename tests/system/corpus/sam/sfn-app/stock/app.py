from random import randint

import boto3

ssm = boto3.client("ssm")


def lambda_handler(event, context):
    key = ssm.get_parameter(Name="/stock/key", WithDecryption=True)["Parameter"]["Value"]
    stock_price = randint(0, 100)
    return {"stock_price": stock_price, "key": len(key)}
