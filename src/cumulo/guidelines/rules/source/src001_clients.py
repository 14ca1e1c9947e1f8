"""SRC001: no client, resource or session made inside a handler."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code, Function

_FACTORIES = (
    "aioboto3.Session",
    "boto3.Session",
    "boto3.client",
    "boto3.resource",
    "boto3.session.Session",
    "botocore.session.get_session",
    "httpx.AsyncClient",
    "httpx.Client",
    "psycopg.connect",
    "psycopg2.connect",
    "redis.Redis",
    "requests.Session",
    "requests.session",
)
_SESSIONS = ("boto3.Session", "boto3.session.Session", "aioboto3.Session")
_CACHES = ("functools.cache", "functools.lru_cache", "functools.cached_property")


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
        for function in code.functions:
            if _is_cached(code, function):
                continue
            once = set(_made_once(function))
            for node in function.nodes:
                if isinstance(node, ast.Call) and node not in once:
                    made = code.origin(function, node.func)
                    if made in self.set["factories"] or _of_session(made):
                        yield self.found(function.spot(node), f"{made}() runs on every call")


def _of_session(made: str) -> bool:
    return any(made in (f"{session}().client", f"{session}().resource") for session in _SESSIONS)


def _is_cached(code: Code, function: Function) -> bool:
    for decorator in function.node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = code.origin(Function(function.module, "", function.node), called)
        if name in _CACHES or name.rpartition(".")[2] in ("cache", "lru_cache", "cached_property"):
            return True
    return False


def _made_once(function: Function) -> Iterator[ast.AST]:
    """Yield what runs only while a name that outlives the call is still empty (``if _client is None:``)."""
    for node in function.nodes:
        if not isinstance(node, ast.If):
            continue
        tested = {ast.unparse(part) for part in ast.walk(node.test) if isinstance(part, ast.Name | ast.Attribute)}
        for statement in node.body:
            for inner in ast.walk(statement):
                if isinstance(inner, ast.Assign) and tested & {ast.unparse(target) for target in inner.targets}:
                    lasting = any(
                        isinstance(t, ast.Attribute) or (isinstance(t, ast.Name) and t.id in function.globals)
                        for t in inner.targets
                    )
                    if lasting:
                        yield from ast.walk(inner.value)
