"""SRC011: files do not pass through a function to a bucket."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code, Function
from cumulo.guidelines.source.sites import SpreadError, argument

_DECODERS = {
    "base64.b64decode", "base64.standard_b64decode", "base64.urlsafe_b64decode", "base64.decodebytes",
    "binascii.a2b_base64",
}  # fmt: skip
_MULTIPART = re.compile(
    r"(?:cgi\.FieldStorage|cgi\.parse_multipart|requests_toolbelt\.|streaming_form_data\.|python_multipart\.|multipart\.)"
)
_UPLOADED = re.compile(r"(?:fastapi|starlette)\.(?:\w+\.)*UploadFile\(\)")
_STORES = {"put_object": "Body", "upload_fileobj": "Fileobj", "upload_part": "Body", "put": "Body"}
# What makes another thing of bytes: a document, a number, a text.
_READERS = {"json.loads", "json.dumps", "len", "str", "int", "hash", "orjson.loads", "yaml.safe_load"}
_MAX_STEPS = 12


class FilesGoStraightToTheBucket(SourceRule):
    """A client sends a file to the bucket itself, with an address that the function signs.

    Only files count: what came as base64 or multipart in the body of a request, not documents made from it.
    """

    id = "SRC011"
    title = "files do not pass through a function to a bucket: presign"
    severity = everywhere(Severity.WARNING)
    subject = "Python"
    why = "requests end at 6 MB (10 MB at the API), and the function is paid for while bytes go by"
    fix = "return s3.generate_presigned_post(bucket, key) and let the client upload"
    documentation = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/PresignedUrlUploadObject.html"

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield uploads of what a request brought."""
        for function, call in code.calls:
            sent = _sent(code, function, call)
            if sent is not None and _is_file(code, function, sent, 0):
                yield self.found(function.spot(call), "a file of the request passes through the function to a bucket")


def _sent(code: Code, function: Function, call: ast.Call) -> ast.expr | None:
    """Return what a call writes into a bucket."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _STORES:
        return None
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if call.func.attr == "put" and not code.origin(function, call.func.value).startswith("boto3.resource(s3)"):
        return None
    first = call.args[0] if call.args and call.func.attr == "upload_fileobj" else None
    return given.get(_STORES[call.func.attr], first)


def _is_file(code: Code, function: Function, value: ast.AST, steps: int) -> bool:
    """Tell whether a value is a file that a request brought."""
    if steps > _MAX_STEPS:
        return False
    if isinstance(value, ast.Call):
        called = code.origin(function, value.func)
        if called in _READERS:
            return False
        if _MULTIPART.match(called):
            return True
        if called in _DECODERS:
            return bool(value.args) and _is_of_request(code, function, value.args[0], 0)
    if isinstance(value, ast.Name):
        return _is_named_file(code, function, value, steps + 1)
    parts = ast.iter_child_nodes(value)
    inner = (part for part in parts if isinstance(part, ast.expr | ast.keyword))
    return any(_is_file(code, function, part, steps + 1) for part in inner)


def _is_named_file(code: Code, function: Function, name: ast.Name, steps: int) -> bool:
    if name.id in function.assigned:
        return _is_file(code, function, function.assigned[name.id], steps)
    if name.id not in function.parameters:
        return False
    if _UPLOADED.fullmatch(code.origin(function, name)):
        return True
    return any(_is_file(caller, other, given, steps) for caller, other, given in _given(code, function, name.id))


def _given(code: Code, function: Function, name: str) -> Iterator[tuple[Code, Function, ast.expr]]:
    for caller, call in code.callers(function) if function not in code.handlers else ():
        try:
            given = argument(function, call, name)
        except SpreadError:
            continue
        if given is not None and caller is not function:
            yield code, caller, given


def _is_of_request(code: Code, function: Function, value: ast.AST, steps: int) -> bool:
    """Tell whether a value comes from the body of a request; records of queues and streams have bodies, too."""
    if steps > _MAX_STEPS or any(isinstance(each, ast.Constant) and each.value == "Records" for each in function.nodes):
        return False
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and node.value == "body":
            return True
        if isinstance(node, ast.Attribute) and node.attr in ("body", "decoded_body", "json_body"):
            return True
        if isinstance(node, ast.Name) and node.id in function.assigned:
            if _is_of_request(code, function, function.assigned[node.id], steps + 1):
                return True
        elif isinstance(node, ast.Name) and node.id in function.parameters:
            for _, caller, given in _given(code, function, node.id):
                if _is_of_request(code, caller, given, steps + 1):
                    return True
    return False
