"""What CloudFormation calls while it deploys."""

from __future__ import annotations

from collections.abc import Set

from cumulo.guidelines.relations.calling import function_named
from cumulo.guidelines.system import Resource, System, once

_HANDLERS = ("USER_ON_EVENT_FUNCTION_ARN", "USER_IS_COMPLETE_FUNCTION_ARN")


@once
def custom_resource_functions(system: System) -> Set[Resource]:
    """Return the functions behind custom resources: nothing calls them once a stack is deployed.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html

    The CDK puts a function of its own in between, which knows the team's by its variables:
    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources-readme.html#provider-framework
    """
    called = (
        function_named(system, token)
        for resource in system.resources
        if resource.type == "AWS::CloudFormation::CustomResource" or resource.type.startswith("Custom::")
        for token in resource.get("ServiceToken")
    )
    found = {function for function in called if function is not None}
    behind = (
        function_named(system, handler)
        for function in found
        for name in _HANDLERS
        for handler in function.get("Environment", "Variables", name)
    )
    return found | {function for function in behind if function is not None}
