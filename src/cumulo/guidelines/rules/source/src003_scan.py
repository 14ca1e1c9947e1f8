"""SRC003: no scan on a table."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code, Function

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
_PARAMETERS = {
    "TableName", "IndexName", "FilterExpression", "ProjectionExpression", "ExclusiveStartKey", "Segment",
    "TotalSegments", "ConsistentRead", "ExpressionAttributeNames", "ExpressionAttributeValues", "ScanFilter",
}  # fmt: skip
_TABLES = (".Table(", "client(dynamodb)", "resource(dynamodb).meta.client", "cumulo.runtime.linked.table(")
_TABLE_WORDS = ("table", "dynamo", "ddb")


class TablesAreNotScanned(SourceRule):
    """No code reads a whole table to find a few items."""

    id = "SRC003"
    title = "no scan on a table"
    severity = everywhere(Severity.WARNING)
    subject = "Python"
    why = "reads, and pays for, everything"
    fix = "query a key, or an index made for this question"
    documentation = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-query-scan.html"

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield scans, those behind a paginator included."""
        for function, call in code.calls:
            if not isinstance(call.func, ast.Attribute):
                continue
            if call.func.attr == "scan" and _on_table(code, function, call, call.func.value):
                yield self.found(function.spot(call), "it scans a table")
            elif call.func.attr == "get_paginator" and call.args and _is_text(call.args[0], "scan"):
                yield self.found(function.spot(call), "it scans a table, page by page")


def _on_table(code: Code, function: Function, call: ast.Call, receiver: ast.expr) -> bool:
    if any(keyword.arg in _PARAMETERS for keyword in call.keywords):
        return True
    origin = code.origin(function, receiver)
    if "(" in origin:
        return any(each in origin for each in _TABLES)
    if code.project.locate(f"{origin}.scan") is not None and origin:
        # A method of the project's own: what it does is judged there.
        return False
    return any(word in ast.unparse(receiver).lower() for word in _TABLE_WORDS)


def _is_text(node: ast.expr, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text
