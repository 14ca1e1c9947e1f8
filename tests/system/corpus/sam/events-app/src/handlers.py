import json
import os

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

logger = Logger()
events = boto3.client("events")
processor = BatchProcessor(event_type=EventType.SQS)


def on_order(event, context):
    logger.info("order placed", extra={"order": event["detail"]["id"]})
    return {"ok": True}


def on_stream(event, context):
    for record in event["Records"]:
        events.put_events(Entries=[{
            "Source": "orders", "DetailType": record["eventName"],
            "Detail": json.dumps(record["dynamodb"]), "EventBusName": os.environ["BUS"],
        }])


def work(record):
    logger.info("working on %s" % record.message_id)
    try:
        return json.loads(record.body)
    except:
        logger.error("bad")


def on_job(event, context):
    return process_partial_response(event=event, record_handler=work, processor=processor, context=context)
