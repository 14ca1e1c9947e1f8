"""Where in a SAM template the pieces of an API's OpenAPI definition were written that SAM made.

An event of a function becomes an operation; ``Cors`` and ``Auth`` of the API become CORS headers and security schemes:
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cumulo.guidelines.template.values import Path_

_KINDS: Mapping[str, tuple[str, str]] = {
    "AWS::ApiGateway::RestApi": ("Api", "RestApiId"),
    "AWS::ApiGatewayV2::Api": ("HttpApi", "ApiId"),
}
_ANY = "x-amazon-apigateway-any-method"
_CORS = {"AWS::ApiGateway::RestApi": "Cors", "AWS::ApiGatewayV2::Api": "CorsConfiguration"}


def definition_lines(
    written: Mapping[str, Any],
    lines: Mapping[Path_, int],
    api: tuple[str, Mapping[str, Any]],
    bases: Sequence[Path_],
) -> Iterator[tuple[Path_, int]]:
    """Yield the lines of what SAM put into an API's ``Body``.

    Parameters
    ----------
    written
        The template as somebody wrote it.
    lines
        Its lines.
    api
        The API's logical id and what it was expanded to.
    bases
        Where its properties may have been written, the nearest place first.

    Yields
    ------
    tuple
        A path in the expansion, and the line.
    """
    logical_id, expanded = api
    kind = str(expanded.get("Type"))
    if kind not in _KINDS:
        return
    body = _mapping(_mapping(expanded.get("Properties")).get("Body"))
    place = ("Resources", logical_id, "Properties", "Body")
    events = dict(_events(written, logical_id, kind))
    for path in _operations(body):
        written_out = any((*base, "DefinitionBody", *path) in lines for base in bases)
        event = events.get(path)
        if event is not None and event in lines and not written_out:
            yield (*place, *path), lines[event]
    yield from _below_auth(lines, body, place, bases)
    yield from _cors(lines, body, place, [(*base, _CORS[kind]) for base in bases])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _operations(body: Mapping[str, Any]) -> Iterator[Path_]:
    for path, item in _mapping(body.get("paths")).items():
        yield from (("paths", path, verb) for verb in _mapping(item))


def _events(written: Mapping[str, Any], api: str, kind: str) -> Iterator[tuple[Path_, Path_]]:
    """Yield the operations of an API with the events that they were made of."""
    event_type, key = _KINDS[kind]
    for name, resource in _mapping(written.get("Resources")).items():
        for event, body in _mapping(_mapping(_mapping(resource).get("Properties")).get("Events")).items():
            properties = _mapping(_mapping(body).get("Properties"))
            named = properties.get(key)
            is_of_api = named in (api, {"Ref": api}) or (named is None and api.startswith("Serverless"))
            if _mapping(body).get("Type") == event_type and is_of_api:
                method = str(properties.get("Method", "any")).lower()
                verb = _ANY if method in ("any", "x-any") else method
                path = str(properties.get("Path", "$default"))
                yield ("paths", path, verb), ("Resources", name, "Properties", "Events", event)


def _below_auth(
    lines: Mapping[Path_, int], body: Mapping[str, Any], place: Path_, bases: Sequence[Path_]
) -> Iterator[tuple[Path_, int]]:
    for schemes in (("securityDefinitions",), ("components", "securitySchemes")):
        held: Mapping[str, Any] = body
        for key in schemes:
            held = _mapping(held.get(key))
        for name in held:
            line = _first(lines, [(*base, "Auth", "Authorizers", name) for base in bases])
            if line is not None:
                yield (*place, *schemes, name), line


def _cors(
    lines: Mapping[Path_, int], body: Mapping[str, Any], place: Path_, said: Sequence[Path_]
) -> Iterator[tuple[Path_, int]]:
    line = _first(lines, said)
    if line is None:
        return
    stated = "x-amazon-apigateway-cors"
    if stated in body:
        yield (*place, stated), line
        for key in _mapping(body[stated]):
            inner = _first(lines, [(*path, key[:1].upper() + key[1:]) for path in said])
            yield (*place, stated, key), line if inner is None else inner
    for operation in _operations(body):
        if operation[-1] == "options":
            yield (*place, *operation), line


def _first(lines: Mapping[Path_, int], paths: Sequence[Path_]) -> int | None:
    return next((lines[path] for path in paths if path in lines), None)
