"""What CloudFormation calls while it deploys."""

from __future__ import annotations

from cumulo.guidelines.relations.calling import function_named
from cumulo.guidelines.system import Resource, System


def custom_resource_functions(system: System) -> set[Resource]:
    """Return the functions behind custom resources: nothing calls them once a stack is deployed.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
    """
    called = (
        function_named(system, token)
        for resource in system.resources
        if resource.type == "AWS::CloudFormation::CustomResource" or resource.type.startswith("Custom::")
        for token in resource.get("ServiceToken")
    )
    return {function for function in called if function is not None}
