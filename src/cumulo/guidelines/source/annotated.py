"""What an annotation says about where a value comes from."""

from __future__ import annotations

import ast
import re

# boto3's stubs name clients and resources: https://youtype.github.io/boto3_stubs_docs/
_STUB = re.compile(r"(?:types_)?(?:mypy_)?(?:aio)?boto(?:3|core)_(\w+?)(?:\.\w+)*\.(\w+)")


def named_class(annotation: ast.expr | None) -> ast.expr | None:
    """Return the one class that an annotation names: ``Table``, ``Table | None``, ``"Table"``, ``Optional[Table]``."""
    match annotation:
        case ast.Constant(value=str() as text):
            try:
                return named_class(ast.parse(text, mode="eval").body)
            except (SyntaxError, ValueError):
                return None
        case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
            return named_class(left)
        case ast.Subscript(value=ast.Name(id="Optional") | ast.Attribute(attr="Optional"), slice=inner):
            return named_class(inner)
        case ast.Name() | ast.Attribute():
            return annotation
    return None


def instance_of(dotted: str) -> str:
    """Return the origin of an object of a class; empty when it says nothing.

    Examples
    --------
    >>> instance_of("mypy_boto3_s3.S3Client"), instance_of("mypy_boto3_dynamodb.service_resource.Table")
    ('boto3.client(s3)', 'boto3.resource(dynamodb).Table()')
    >>> instance_of("dict")
    ''
    """
    stub = _STUB.fullmatch(dotted)
    if stub and stub[2].endswith("Client"):
        return f"boto3.client({stub[1].replace('_', '-')})"
    if stub:
        resource = f"boto3.resource({stub[1]})"
        return resource if stub[2].endswith("ServiceResource") else f"{resource}.{stub[2]}()"
    return f"{dotted}()" if "." in dotted and "(" not in dotted and not dotted.startswith("typing.") else ""
