"""Functions that nobody of the team wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.system import Resource, System

_GENERATED = re.compile(
    # The CDK's providers and singletons: CustomS3AutoDeleteObjectsCustomResourceProviderHandler9D90184F,
    # LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8aFD4BFC8A, ProviderframeworkonEvent83C1D0A7.
    r"(CustomResourceProviderHandler|[0-9A-Fa-f]{32}|framework(onEvent|isComplete|onTimeout))[0-9A-F]{8}"
    # The Serverless Framework's: CustomDashresourceDashapigwDashcwDashroleLambdaFunction.
    r"|CustomDashresource\w+LambdaFunction"
)


def written_functions(system: System) -> Iterator[Resource]:
    """Return the functions whose properties somebody chose: not those that the CDK and others add for their own use."""
    for function in system.of_type(FUNCTION):
        if not is_generated(function):
            yield function


def is_generated(function: Resource) -> bool:
    """Tell whether a tool added a function for its own use: by its logical id, or the path of its construct."""
    if function.id in function.stack.beyond:
        return True
    match = _GENERATED.search(function.id)
    return match is not None and match.end() == len(function.id)
