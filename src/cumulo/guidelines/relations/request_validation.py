"""What a REST API checks of requests before it hands them on."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.relations.apis import Route
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value

_VALIDATOR = "x-amazon-apigateway-request-validator"
_PARAMETER = "method.request."
_CHECKED_PLACES = ("querystring", "header")


def validates(system: System, route: Route, what: str) -> bool | None:
    """Tell whether a method's validator looks at ``"Body"`` or at ``"Parameters"``; ``None`` where nobody knows.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-validation-set-up.html
    """
    key = f"ValidateRequest{what}"
    flags = list(_of_operation(route.value, route.body, key) if route.body else _of_method(system, route.value, key))
    if any(flag is None for flag in flags):
        return None
    return bool(flags) and all(flags)


def has_model(route: Route) -> bool | None:
    """Tell whether there is a schema for the body; ``None`` where nobody knows."""
    if route.body is None:
        models = route.value.get("RequestModels")
        if not all(value.known for value in models):
            return None
        return any(value.fields() for value in models)
    bodies = route.value.get("requestBody")
    parameters = list(_parameters(route))
    if not all(value.known for value in (*bodies, *parameters)):
        return None
    in_body = any(place.text == "body" for parameter in parameters for place in parameter.get("in"))
    return in_body or not all(value.absent for value in bodies)


def required_parameters(route: Route) -> Iterator[tuple[str, Value]]:
    """Return the query parameters and headers that a method requires; a path always has its own."""
    if route.body is None:
        for listed in route.value.get("RequestParameters"):
            for name, required in listed.fields():
                place, _, short = name.removeprefix(_PARAMETER).partition(".")
                if place in _CHECKED_PLACES and required.flag:
                    yield short, required
        return
    for parameter in _parameters(route):
        places = {place.text for place in parameter.get("in")}
        if places <= {"query", "header"} and any(required.flag for required in parameter.get("required")):
            yield parameter.get("name")[0].text or "?", parameter


def _parameters(route: Route) -> Iterator[Value]:
    for holder in (route.item, route.value):
        if holder is not None:
            yield from holder.listed("parameters")


def _of_method(system: System, method: Value, key: str) -> Iterator[bool | None]:
    for value in method.get("RequestValidatorId"):
        if value.absent:
            yield False
            continue
        validator = system.target(value, "AWS::ApiGateway::RequestValidator")
        for flag in validator.get(key) if validator else ():
            yield False if flag.absent else flag.flag
        if validator is None:
            yield None


def _of_operation(operation: Value, body: Value, key: str) -> Iterator[bool | None]:
    own = operation.get(_VALIDATOR)
    for name in body.get(_VALIDATOR) if all(value.absent for value in own) else own:
        if name.absent:
            yield False
        elif name.text is None:
            yield None
        else:
            for flag in body.get(f"{_VALIDATOR}s", name.text, key[0].lower() + key[1:]):
                yield False if flag.absent else flag.flag
