"""SRC001: no client, resource or session made inside a handler."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code, Function
from cumulo.guidelines.source.lasting import runs_once

_FACTORIES = (
    "aioboto3.Session",
    "boto3.Session",
    "boto3.client",
    "boto3.resource",
    "boto3.session.Session",
    "botocore.session.get_session",
    "httpx.AsyncClient",
    "httpx.Client",
    "mysql.connector.connect",
    "psycopg.connect",
    "psycopg2.connect",
    "pymongo.MongoClient",
    "pymysql.connect",
    "redis.Redis",
    "requests.Session",
    "requests.session",
    "sqlalchemy.create_engine",
)


class ClientsOutliveCalls(SourceRule):
    """Clients are made once per environment, not once per call."""

    id = "SRC001"
    title = "no client, resource or session made inside a handler"
    severity = everywhere(Severity.WARNING)
    subject = "Python"
    why = "paid on every call"
    fix = "make it at module level, or in a function with @functools.cache"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html"
    settings = {"factories": _FACTORIES}

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield calls that make a client each time."""
        for function, call in code.calls:
            made = code.origin(function, call.func)
            if made not in self.set["factories"] or _of_a_loop(function, call) or _of_the_call(function, call):
                continue
            if not runs_once(code, function, call):
                yield self.found(function.spot(call), f"{made}() runs on every call")


def _of_a_loop(function: Function, call: ast.Call) -> bool:
    """Tell whether it is made with ``async with``: it belongs to an event loop, and ends with it."""
    return isinstance(function.parents.get(function.parents.get(call, call)), ast.AsyncWith)


def _of_the_call(function: Function, call: ast.Call) -> bool:
    """Tell whether it is made for this call alone: with somebody's credentials, or where the event says."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if "aws_session_token" in given:
        return True
    waiting = list(given.values())
    seen: set[str] = set()
    while waiting:
        names = {node.id for node in ast.walk(waiting.pop()) if isinstance(node, ast.Name)} - seen
        if names & function.parameters - {"self", "cls"}:
            return True
        seen |= names
        waiting += (function.assigned[name] for name in names if name in function.assigned)
    return False
