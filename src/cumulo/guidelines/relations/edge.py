"""Functions that CloudFront runs at its edge."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.relations.calling import function_named
from cumulo.guidelines.relations.roles import role_of
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.system import Resource, System, once

_ASSOCIATIONS = "LambdaFunctionAssociations"
_EDGE = "edgelambda.amazonaws.com"


@once
def edge_functions(system: System) -> frozenset[Resource]:
    """Return the functions that run at the edge, where Lambda has neither arm64 nor X-Ray.

    A distribution names them, or, where it is in another template, their role says so.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html
    """
    trusted = (function for function in system.of_type(FUNCTION) if _is_for_the_edge(role_of(system, function)))
    return frozenset((*_associated(system), *trusted))


def _associated(system: System) -> Iterator[Resource]:
    for distribution in system.of_type("AWS::CloudFront::Distribution"):
        others = distribution.listed("DistributionConfig", "CacheBehaviors")
        behaviors = (*distribution.get("DistributionConfig", "DefaultCacheBehavior"), *others)
        arns = (arn for each in behaviors for one in each.listed(_ASSOCIATIONS) for arn in one.get("LambdaFunctionARN"))
        yield from (function for arn in arns if (function := function_named(system, arn)) is not None)


def _is_for_the_edge(role: Resource | None) -> bool:
    if role is None:
        return False
    statements = role.listed("AssumeRolePolicyDocument", "Statement")
    return any(each.text == _EDGE for statement in statements for each in statement.listed("Principal", "Service"))
