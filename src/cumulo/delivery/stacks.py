"""What is deployed: the stacks of an account and region, and their templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cumulo.assembly import Assembly, StackArtifact
from cumulo.delivery.session import Target, error_of

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef


@dataclass(frozen=True)
class Deployed:
    """A stack as it is deployed.

    Parameters
    ----------
    id, name
        Its ARN and its name.
    status
        For example ``"UPDATE_COMPLETE"``.
    tags
        Its tags.
    outputs
        Its outputs: name → value.
    exports
        The outputs that it exports: export name → output name.
    termination_protection
        Whether CloudFormation refuses to delete it.
    """

    id: str
    name: str
    status: str
    tags: Mapping[str, str]
    outputs: Mapping[str, str]
    exports: Mapping[str, str]
    termination_protection: bool

    @property
    def exists(self) -> bool:
        """Whether it was ever created: a stack in review only has a change set."""
        return self.status != "REVIEW_IN_PROGRESS"


def tags_of(assembly: Assembly, stack: StackArtifact) -> dict[str, str]:
    """Return a stack's tags, with those that its app and stage are found by later."""
    return {**stack.tags, "Application": assembly.app, "Environment": assembly.stage}


def all_deployed(target: Target) -> Mapping[str, Deployed]:
    """Return the stacks of the account and region by their name, without nested ones."""
    pages = target.cloudformation.get_paginator("describe_stacks").paginate()
    return {
        stack["StackName"]: _deployed(stack) for page in pages for stack in page["Stacks"] if not stack.get("ParentId")
    }


def one(target: Target, name: str) -> Deployed:
    """Return one stack, by its name or id."""
    return _deployed(target.cloudformation.describe_stacks(StackName=name)["Stacks"][0])


def of_app(deployed: Mapping[str, Deployed], app: str, stage: str) -> Mapping[str, Deployed]:
    """Return the stacks that carry the tags of an app and a stage."""
    return {
        name: stack
        for name, stack in deployed.items()
        if stack.tags.get("Application") == app and stack.tags.get("Environment") == stage
    }


def id_of(assembly: Assembly, name: str) -> str:
    """Return a stack's id in the app, also for a stack that has left it."""
    known = next((stack.id for stack in assembly.stacks if stack.name == name), None)
    return known or name.removeprefix(f"{assembly.app}-{assembly.stage}-")


def template(client: CloudFormationClient, name: str) -> Mapping[str, Any]:
    """Return a deployed template as it was submitted.

    A template that was not written by Cumulo may be YAML, which comes as text: CloudFormation's processed
    form is asked for then, and what still is text counts as empty.
    """
    for form in ("Original", "Processed"):
        body = client.get_template(StackName=name, TemplateStage=form)["TemplateBody"]
        if isinstance(body, Mapping):
            return body
    return {}


def physical_ids(client: CloudFormationClient, name: str) -> Mapping[str, str]:
    """Return the resources that a stack has: logical id → physical id."""
    pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
    return {
        resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceStatus"] != "DELETE_COMPLETE"
    }


def resource(client: CloudFormationClient, name: str, logical_id: str) -> str | None:
    """Return the physical id of one resource of a stack; ``None`` when there is no such stack or resource."""
    from botocore.exceptions import ClientError

    try:
        found = client.describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
    except ClientError as error:
        if "does not exist" in error_of(error)[1]:
            return None
        raise
    return found["StackResourceDetail"].get("PhysicalResourceId")


def exports(client: CloudFormationClient) -> frozenset[str]:
    """Return the names of all exports of the account and region."""
    pages = client.get_paginator("list_exports").paginate()
    return frozenset(export["Name"] for page in pages for export in page["Exports"])


def importers(client: CloudFormationClient, export: str) -> tuple[str, ...]:
    """Return the names of the stacks that import an export.

    CloudFormation answers with an error when there is none
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListImports.html).
    """
    from botocore.exceptions import ClientError

    try:
        pages = client.get_paginator("list_imports").paginate(ExportName=export)
        return tuple(name for page in pages for name in page["Imports"])
    except ClientError as error:
        if "is not imported by any stack" in error_of(error)[1]:
            return ()
        raise


def _deployed(stack: StackTypeDef) -> Deployed:
    outputs = stack.get("Outputs", [])
    return Deployed(
        id=stack["StackId"],
        name=stack["StackName"],
        status=stack["StackStatus"],
        tags={tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])},
        outputs={output["OutputKey"]: output["OutputValue"] for output in outputs},
        exports={output["ExportName"]: output["OutputKey"] for output in outputs if output.get("ExportName")},
        termination_protection=stack.get("EnableTerminationProtection", False),
    )
