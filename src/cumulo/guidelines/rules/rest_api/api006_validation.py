"""API006: REST methods validate bodies and required parameters."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.apis import REST, Route, routes
from cumulo.guidelines.relations.request_validation import has_model, required_parameters, validates
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value

_BODY_FIX = "x-amazon-apigateway-request-validator: all, and a schema for the body"
_SAM_FIX = "RequestModel: {Model: Item, Required: true, ValidateBody: true, ValidateParameters: true}"
_SAM_PARAMETERS_FIX = "RequestModel: {Model: Item, ValidateParameters: true}"


class RequestsAreValidated(TemplateRule):
    """A REST method refuses a body that does not fit its model, and a request without what it requires.

    Silent for methods that stand for several (``ANY``, a path that ends with ``{proxy+}``): one model would not fit.
    """

    id = "API006"
    title = "REST methods with a body validate it against a model; required parameters are validated"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::ApiGateway::Method, OpenAPI operations"
    why = "bad input is refused before it costs anything"
    fix = "RequestValidatorId: !Ref BodyAndParameters, RequestModels: {application/json: !Ref Item}"
    documentation = (
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html"
    )
    settings = {"methods": ("POST", "PUT", "PATCH")}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield methods that hand on what nobody looked at."""
        for route in routes(system):
            if route.kind == REST and not _is_mocked(route):
                yield from self._parameters(system, route)
                if route.method in self.set["methods"] and not route.name.endswith("+}"):
                    yield from self._body(system, route)

    def _body(self, system: System, route: Route) -> Iterator[Finding]:
        model, checked = has_model(route), validates(system, route, "Body")
        if model is None or checked is None or (model and checked):
            return
        if model:
            reason = (
                "its validator leaves the body alone" if _names_validator(route) else "it has a model, but no validator"
            )
        else:
            reason = "it has no model"
        at = route.value if route.body else route.value.get("RequestValidatorId")[0]
        yield self.found(route.holder, f"{route.name} takes any body: {reason}", at=at, fix=_fix(route, _SAM_FIX))

    def _parameters(self, system: System, route: Route) -> Iterator[Finding]:
        required = list(required_parameters(route))
        if required and validates(system, route, "Parameters") is False:
            names = ", ".join(name for name, _ in required)
            message = f"{route.name} requires {names}, but does not validate parameters"
            yield self.found(route.holder, message, at=required[0][1], fix=_fix(route, _SAM_PARAMETERS_FIX))


def _names_validator(route: Route) -> bool:
    key = "x-amazon-apigateway-request-validator" if route.body else "RequestValidatorId"
    return not all(value.absent for value in route.value.get(key))


def _is_mocked(route: Route) -> bool:
    """Tell whether API Gateway answers by itself."""
    kinds: tuple[Value, ...]
    if route.body is None:
        kinds = route.value.get("Integration", "Type")
    else:
        kinds = route.value.get("x-amazon-apigateway-integration", "type")
    return any((kind.text or "").lower() == "mock" for kind in kinds)


def _fix(route: Route, of_event: str) -> str | None:
    """Return what is written where the operation is: in a definition, or in the event that SAM made it of."""
    if route.body is None:
        return None
    stack = route.holder.stack
    written = (stack.written or stack).resources.get(route.holder.id)
    has_definition = written is not None and not all(value.absent for value in written.get("DefinitionBody"))
    return of_event if route.holder.by_sam and not has_definition else _BODY_FIX
