"""SRC007: lists are paged with the last key, never read whole and sliced."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code, Function

# What each call returns a page of, and a parameter that tells it from another method of that name. A scan is SRC003's.
_LISTS = {
    "query": ("Items", "KeyConditionExpression"),
    "list_objects": ("Contents", "Bucket"),
    "list_objects_v2": ("Contents", "Bucket"),
    "list_object_versions": ("Versions", "Bucket"),
    "list_users": ("Users", "UserPoolId"),
    "list_users_in_group": ("Users", "UserPoolId"),
}
_LIMITS = {"Limit", "MaxKeys", "MaxResults", "MaxItems"}
_MARKERS = {
    "LastEvaluatedKey", "ExclusiveStartKey", "NextToken", "NextContinuationToken", "ContinuationToken", "Marker",
    "NextMarker", "IsTruncated", "PaginationToken", "KeyMarker",
}  # fmt: skip
# What gives as many elements as it gets.
_WHOLE = {"list", "tuple", "sorted", "reversed", "map", "filter"}


class ListsArePaged(SourceRule):
    """A list that is handed out is read page by page."""

    id = "SRC007"
    title = "lists are paged with the last key, never read whole and sliced"
    severity = everywhere(Severity.WARNING)
    subject = "Python"
    why = "a page ends at 1 MB or 1,000 keys, and nobody says that there was more"
    fix = "pass Limit and ExclusiveStartKey, and return LastEvaluatedKey; or use a paginator"
    documentation = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield first pages that are sliced, or returned as if they were everything."""
        for function in code.functions:
            if any(isinstance(node, ast.Constant) and node.value in _MARKERS for node in function.nodes):
                continue
            if any(isinstance(node, ast.keyword) and node.arg in _MARKERS for node in function.nodes):
                continue
            for node in function.nodes:
                if isinstance(node, ast.Call):
                    how = _misread(code, function, node)
                    if how:
                        yield self.found(function.spot(node), f"only the first page is read, and {how}")


def _misread(code: Code, function: Function, call: ast.Call) -> str | None:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _LISTS:
        return None
    key, parameter = _LISTS[call.func.attr]
    given = {keyword.arg for keyword in call.keywords}
    if given & _LIMITS or None in given or parameter not in given:
        return None
    origin = code.origin(function, call.func)
    if code.project.locate(origin) is not None and "(" not in origin and origin:
        return None
    for page in _names(function, call):
        for items in _items(function, page, key):
            for each in (*_names(function, items), *_added(function, items)):
                how = _used(function, each)
                if how:
                    return how
    return None


def _names(function: Function, value: ast.expr) -> Iterator[ast.expr]:
    """Yield a value, and where the name that it is assigned to is read."""
    yield value
    parent = function.parents.get(value)
    if isinstance(parent, ast.Await):
        parent = function.parents.get(parent)
    targets = parent.targets if isinstance(parent, ast.Assign) else []
    targets = [parent.target] if isinstance(parent, ast.AnnAssign | ast.NamedExpr) else targets
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    for node in function.nodes:
        if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load):
            yield node


def _added(function: Function, items: ast.expr) -> Iterator[ast.expr]:
    """Yield where a list is read that they are added to: ``found += page["Items"]``, ``found.extend(…)``."""
    match function.parents.get(items):
        case ast.AugAssign(op=ast.Add(), target=ast.Name(id=name)):
            pass
        case ast.Call(func=ast.Attribute(attr="extend", value=ast.Name(id=name))):
            pass
        case _:
            return
    for node in function.nodes:
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            yield node


def _items(function: Function, page: ast.expr, key: str) -> Iterator[ast.expr]:
    """Yield ``page["Items"]`` and ``page.get("Items", [])``."""
    parent = function.parents.get(page)
    if isinstance(parent, ast.Await):
        parent = function.parents.get(parent)
    if isinstance(parent, ast.Subscript) and isinstance(parent.slice, ast.Constant) and parent.slice.value == key:
        yield parent
    call = function.parents.get(parent) if isinstance(parent, ast.Attribute) and parent.attr == "get" else None
    first = call.args[0] if isinstance(call, ast.Call) and call.args else None
    if isinstance(call, ast.Call) and isinstance(first, ast.Constant) and first.value == key:
        yield call


def _used(function: Function, items: ast.expr) -> str | None:
    """Tell whether a list is sliced or returned whole, through what gives as many elements as it gets."""
    node: ast.AST = items
    for parent in function.ancestors(items):
        if isinstance(parent, ast.Subscript) and parent.value is node:
            return "sliced" if isinstance(parent.slice, ast.Slice) else None
        if isinstance(parent, ast.Return):
            return "returned as if it were everything"
        if not _passes_on(parent, node):
            return None
        node = parent
    return None


def _passes_on(parent: ast.AST, node: ast.AST) -> bool:
    match parent:
        case (
            ast.ListComp(generators=generators)
            | ast.GeneratorExp(generators=generators)
            | ast.DictComp(generators=generators)
            | ast.SetComp(generators=generators)
        ):
            return len(generators) == 1 and generators[0] is node
        case ast.comprehension(iter=iterated):
            return iterated is node
        case ast.Call(func=ast.Name(id=name)):
            return name in _WHOLE or "response" in name.lower()
        case ast.Call(func=ast.Attribute(attr=attribute)):
            return attribute == "dumps"
        case ast.IfExp(test=test):
            return test is not node
    return isinstance(parent, ast.Dict | ast.keyword | ast.BoolOp | ast.Tuple | ast.List)
