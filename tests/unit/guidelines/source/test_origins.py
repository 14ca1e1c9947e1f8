"""Where values come from: each test asks what the receiver of ``….ask()`` is."""

from __future__ import annotations

import ast

import pytest

TABLE = "boto3.resource(dynamodb).Table(items)"


def asked(code):
    """Return the origins of what ``ask`` is called on, in the order of lines."""
    calls = [
        (call.lineno, function, call.func) for function, call in code.calls if isinstance(call.func, ast.Attribute)
    ]
    found = sorted(calls, key=lambda call: call[0])
    return [code.origin(function, func.value) for _, function, func in found if func.attr == "ask"]


def test_imports_by_another_name(code):
    text = """
        from boto3 import client as make
        import boto3.session as sessions
        s3 = make(service_name="s3")
        def handler(event, context):
            s3.ask(), sessions.Session("profile").client("sqs").ask()
    """
    assert asked(code(text)) == ["boto3.client(s3)", "boto3.client(sqs)"]


def test_a_parameter_whose_callers_agree(code):
    text = """
        import boto3
        table = boto3.resource("dynamodb").Table("items")
        def handler(event, context):
            first(table), first(found=table), second(table), second(event), third(*event), fourth(context)
        def first(found):
            found.ask()
            inner(found)
        def inner(passed, again=None):
            passed.ask()
            if again:
                inner(passed)
        def second(found):
            found.ask()
        def third(found):
            found.ask()
        def fourth(one, other=table):
            other.ask()
    """
    assert asked(code(text)) == [TABLE, TABLE, "", "", TABLE]


def test_callers_that_differ_in_the_name_only_have_the_kind_in_common(code):
    text = """
        import boto3
        db = boto3.resource("dynamodb")
        def handler(event, context):
            read(db.Table("a")), read(db.Table("b"))
        def read(table):
            table.ask()
    """
    assert asked(code(text)) == ["boto3.resource().Table()"]


def test_a_function_that_is_handed_over_is_called_by_nobody_knows_whom(code):
    text = """
        import boto3
        def handler(event, context):
            read(boto3.client("s3"))
            return list(map(read, event))
        def read(client):
            client.ask()
    """
    assert asked(code(text)) == [""]


def test_what_an_object_was_made_with(code):
    text = """
        import boto3
        from base import Base
        class Store(Base):
            kind = boto3.client("ssm")
            def __init__(self, table, queue=None):
                super().__init__(boto3.client("s3"))
                self._table = table
                self._queue = queue or boto3.client("sqs")
                self._lazy = None
            @property
            def lazy(self):
                if self._lazy is None:
                    self._lazy = boto3.client("sns")
                return self._lazy
            def run(self):
                self._table.ask()
                self._queue.ask()
                self.lazy.ask()
                self.kind.ask()
                self.files.ask()
        store = Store(boto3.resource("dynamodb").Table("items"))
        def handler(event, context):
            store.run()
            store._table.ask()
    """
    base = """
        class Base:
            def __init__(self, files):
                self.files = files
    """
    clients = [f"boto3.client({each})" for each in ("sqs", "sns", "ssm", "s3")]
    assert asked(code(text, base=base)) == [TABLE, *clients, TABLE]


def test_the_fields_of_a_dataclass(code):
    text = """
        from __future__ import annotations
        import boto3
        from dataclasses import dataclass, field
        from mypy_boto3_sqs import SQSClient
        @dataclass(frozen=True)
        class Store:
            table: object
            queue: SQSClient | None = None
            files: object = field(default_factory=dict)
            def run(self):
                self.table.ask(), self.queue.ask()
                self.files.ask()
        def handler(event, context):
            Store(table=boto3.resource("dynamodb").Table("items")).run()
    """
    assert asked(code(text)) == [TABLE, "boto3.client(sqs)", "app.Store.files"]


@pytest.mark.parametrize(
    ("annotation", "origin"),
    [
        ("S3Client", "boto3.client(s3)"),
        ("'S3Client'", "boto3.client(s3)"),
        ("Optional[S3Client]", "boto3.client(s3)"),
        ("types.CognitoIdentityProviderClient", "boto3.client(cognito-idp)"),
        ("Table", "boto3.resource(dynamodb).Table()"),
        ("DynamoDBServiceResource", "boto3.resource(dynamodb)"),
        ("dict", ""),
        ("list[S3Client]", ""),
        ("'not an annotation ('", ""),
    ],
)
def test_a_parameter_that_says_what_it_is(code, annotation, origin):
    text = f"""
        from typing import Optional
        import mypy_boto3_cognito_idp as types
        from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table
        from mypy_boto3_s3 import S3Client
        def handler(event, context, client: {annotation}):
            client.ask()
    """
    assert asked(code(text)) == [origin]


def test_lasting_names_that_functions_fill(code):
    text = """
        import boto3
        _client = None
        def client():
            global _client
            if _client is None:
                _client = boto3.client("s3")
            return _client
        def handler(event, context):
            client().ask()
            _client.ask()
    """
    assert asked(code(text)) == ["boto3.client(s3)"] * 2


def test_either_of_two(code):
    text = """
        import boto3, os
        def handler(event, context):
            local = boto3.client("s3", endpoint_url="x") if os.environ.get("LOCAL") else boto3.client("s3")
            local.ask()
            (event or boto3.client("sqs")).ask()
            if (found := boto3.client("sns")):
                found.ask()
    """
    assert asked(code(text)) == ["boto3.client(s3)", "boto3.client(sqs)", "boto3.client(sns)"]


def test_names_of_inner_functions_are_not_the_modules(code):
    text = """
        import boto3
        x = boto3.client("s3")
        y = boto3.client("sqs")
        def handler(event, context):
            z = boto3.client("sns")
            def inner(x):
                x.ask()
                y.ask()
                z.ask()
            try:
                inner(event)
            except ValueError as y:
                pass
            return [x.ask() for x in event], (lambda z: z.ask())
    """
    assert asked(code(text)) == ["", "", "boto3.client(sns)", "", "boto3.client(sns)"]


def test_partials_and_coroutines(code):
    text = """
        import boto3
        from functools import partial
        make = partial(boto3.client, "s3")
        bound = partial(boto3.client, region_name="eu-west-1")
        async def open():
            return boto3.client("sqs")
        async def handler(event, context):
            make().ask()
            bound("s3").ask()
            (await open()).ask()
            async with boto3.client("sns") as client:
                client.ask()
    """
    assert asked(code(text)) == ["boto3.client()", "", "boto3.client(sqs)", "boto3.client(sns)"]


def test_what_asks_for_itself_has_no_origin(code):
    text = """
        a = b
        b = a
        def handler(event, context):
            a.ask(), ping(event).ask(), event.ask()
        def ping(x):
            return pong(x)
        def pong(x):
            return ping(x)
    """
    assert set(asked(code(text))) <= {"", "app.ping()"}
