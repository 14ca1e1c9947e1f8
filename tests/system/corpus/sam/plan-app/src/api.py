import logging

import pymysql
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import BadRequestError

app = APIGatewayHttpResolver()
logger = logging.getLogger(__name__)
PASSWORD = "hunter2-4fA9x"
total = 0


@app.get("/orders")
def orders():
    global total
    total += 1
    try:
        with pymysql.connect(host="db", password=PASSWORD) as connection:
            return {"orders": connection.query("SELECT 1")}
    except Exception as e:
        raise BadRequestError(f"failed: {e}")


def handler(event, context):
    logger.info("called: " + event["rawPath"])
    return app.resolve(event, context)
