"""SRC006: a create writes on condition that nothing is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code, Function

_CREATES = {"add", "create", "creates", "enroll", "insert", "new", "register", "signup"}
_OVERWRITES = {
    "audit", "cache", "event", "history", "log", "overwrite", "put", "record", "refresh", "replace", "save", "set",
    "store", "sync", "touch", "update", "upsert", "write",
}  # fmt: skip
_ENTRIES = {"handler", "lambda_handler", "main", "handle", "run"}
# An id that was made a moment ago is taken by nothing.
_FRESH = re.compile(r"(?:uuid\.uuid[1467]|ulid\.|ksuid\.|nanoid\.|secrets\.token_|uuid6\.|shortuuid\.)")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class CreatesOverwriteNothing(SourceRule):
    """What is created does not silently take the place of what is there."""

    id = "SRC006"
    title = "a create writes on condition that nothing is there"
    severity = everywhere(Severity.WARNING)
    subject = "Python"
    why = "silent overwrite"
    fix = 'put_item(Item=item, ConditionExpression="attribute_not_exists(pk)")'
    documentation = (
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html"
    )

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield puts without a condition where the code says that something is created."""
        for function in code.functions:
            said = _said(code, function)
            if said is None:
                continue
            fresh = _fresh(code, function)
            for node in function.nodes:
                item = _put(code, function, node)
                if item is not None and not _mentions(item, fresh) and not _is_fresh(code, function, item):
                    message = f"{said} overwrites what is there: put_item has no condition"
                    yield self.found(function.spot(node), message)


def _said(code: Code, function: Function) -> str | None:
    """Return what says that something is created: the function's name, its module's, or a POST route."""
    name = function.name.rpartition(".")[2]
    if function in code.handlers and name in _ENTRIES:
        name = function.module.name.rpartition(".")[2]
    words = {word.lower() for word in _WORD.findall(re.sub(r"(?i)sign_?up", "signup", name))}
    if words & _OVERWRITES:
        return None
    if words & _CREATES:
        return name
    route = next((each for each in function.node.decorator_list if _posts_to_a_list(each)), None)
    return f"the route {ast.unparse(route)}" if route is not None else None


def _posts_to_a_list(decorator: ast.expr) -> bool:
    """Tell whether a decorator is a POST to a collection: ``@app.post("/items")``, not ``"/items/<id>/publish"``."""
    if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute) or not decorator.args:
        return False
    path = decorator.args[0].value if isinstance(decorator.args[0], ast.Constant) else None
    return decorator.func.attr == "post" and isinstance(path, str) and path.isascii() and path.endswith("s")


def _put(code: Code, function: Function, node: ast.AST) -> ast.expr | None:
    """Return the item that an unconditional put writes."""
    if isinstance(node, ast.Dict):
        # {"Put": {"TableName": …, "Item": …}} of a transaction
        pairs = zip(node.keys, node.values, strict=True)
        keys = {key.value: value for key, value in pairs if isinstance(key, ast.Constant)}
        known = {"TableName", "Item"} <= set(keys) and "ConditionExpression" not in keys and None not in node.keys
        return keys["Item"] if known else None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "put_item":
        return None
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    if None in given or {"ConditionExpression", "Expected"} & set(given) or "Item" not in given:
        return None
    origin = code.origin(function, node.func.value)
    of_table = not origin or ".Table(" in origin or origin == "boto3.client(dynamodb)"
    return given["Item"] if of_table and ".batch_writer(" not in origin else None


def _fresh(code: Code, function: Function) -> frozenset[str]:
    """Return the function's names that a new id went into."""
    fresh: set[str] = set()
    for name, value in function.assigned.items():
        if _mentions(value, frozenset(fresh)) or _is_fresh(code, function, value):
            fresh.add(name)
    return frozenset(fresh)


def _is_fresh(code: Code, function: Function, value: ast.expr) -> bool:
    calls = (node for node in ast.walk(value) if isinstance(node, ast.Call))
    return any(_FRESH.match(code.origin(function, call.func) or "") for call in calls)


def _mentions(value: ast.expr, names: frozenset[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(value))
