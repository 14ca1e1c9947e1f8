"""A small system for tests of the local cloud: notes, orders, and functions for them."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil

from cumulo.assembly import Assembly
from cumulo.local.cloud import Cloud
from cumulo.local.place import Place
from cumulo.synth import synthesize_project

ACCOUNT = "200000000001"
APP = """
from cumulo import App, Function, HttpApi, Queue, Stack, Table, seconds

ROUTES = {"GET /health": "health", "GET /notes/{id}": "read", "PUT /notes/{id}": "write"}


class Shop(Stack):
    def __init__(self, app):
        super().__init__(app, "shop")
        notes = Table(self, "notes", partition_key="PK")
        orders = Queue(self, "orders", tries=2, visibility=seconds(1))
        api = HttpApi(self, "api")
        links = {"health": [], "read": [notes.get()], "write": [notes.put(), orders.send()]}
        for route, name in ROUTES.items():
            function = Function(self, name, handler=f"functions.{name}", links=links[name])
            api.route(route, function, authorizer=None)
        Function(self, "worker", handler="functions.worker")
        orders.consume(Function(self, "take", handler="functions.take", links=[notes.put()], timeout=seconds(1)))


def app(stage):
    app = App("corner", stage)
    Shop(app)
    return app
"""
FUNCTIONS = """
import os
import boto3

table = boto3.resource("dynamodb").Table(os.environ["NOTES_TABLE_NAME"]) if "NOTES_TABLE_NAME" in os.environ else None


def health(event, context):
    return "well"


def worker(event, context):
    return os.getpid()


def read(event, context):
    note = table.get_item(Key={"PK": event["pathParameters"]["id"]}).get("Item")
    return note["text"] if note else {"statusCode": 404}


def write(event, context):
    key = event["pathParameters"]["id"]
    table.put_item(Item={"PK": key, "text": event["body"]})
    boto3.client("sqs").send_message(QueueUrl=os.environ["ORDERS_QUEUE_URL"], MessageBody=key)


def take(event, context):
    failed = []
    for record in event["Records"]:
        if record["body"] == "bad":
            print("a bad one")
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            table.put_item(Item={"PK": "taken " + record["body"], "text": "yes"})
    return {"batchItemFailures": failed}
"""


def children() -> set[psutil.Process]:
    """Give the processes that this one has started and that still run."""
    return {p for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE}


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


def browser(cloud: Cloud) -> httpx.AsyncClient:
    """Give a client of the API; what it sends is text."""
    headers = {"content-type": "text/plain"}
    return httpx.AsyncClient(base_url=cloud.urls["Api"], headers=headers, timeout=30, trust_env=False)


def write_project(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text("[tool.cumulo]\n")
    (folder / "app.py").write_text(APP)
    (folder / "functions.py").write_text(FUNCTIONS)
    return folder


def place(project: Path, **settings: Any) -> Place:
    return Place(project, account=ACCOUNT, region="eu-central-1", **settings)


def synthesizer(project: Path) -> Callable[[], Assembly]:
    return lambda: synthesize_project(project, "dev")
