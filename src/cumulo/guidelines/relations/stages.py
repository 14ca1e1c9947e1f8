"""The stages of APIs, whatever way a template declares them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cumulo.guidelines.relations.apis import REST_API, V2_API, override_of, properties, quick_created
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

REST_STAGE = "AWS::ApiGateway::Stage"
V2_STAGE = "AWS::ApiGatewayV2::Stage"
DEPLOYMENT = "AWS::ApiGateway::Deployment"


@dataclass(frozen=True, eq=False)
class Stage:
    """A stage of an API.

    Parameters
    ----------
    api
        The API, when it is one of the system's own resources.
    holder
        The resource that declares the stage, or that makes it.
    rest
        Whether it is a stage of a REST API, whose settings have other names.
    value
        Its settings: the properties of a stage, the ``StageDescription`` of a deployment.
    """

    api: Resource | None
    holder: Resource
    rest: bool
    value: Value


def stages(system: System) -> Iterator[Stage]:
    """Return every stage of every API.

    A deployment with a ``StageName`` makes a stage, too
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html),
    as Serverless Framework does it. Where a stage names the deployment, that stage is the one that serves: SAM's
    deployments have a stage that nobody calls.
    """
    for stage in system.of_type(V2_STAGE):
        yield Stage(system.first_target(stage.get("ApiId"), V2_API), stage, False, properties(stage))
    named: set[Resource] = set()
    for stage in system.of_type(REST_STAGE):
        named.update(found for value in stage.get("DeploymentId") if (found := system.target(value, DEPLOYMENT)))
        yield Stage(system.first_target(stage.get("RestApiId"), REST_API), stage, True, properties(stage))
    for deployment in system.of_type(DEPLOYMENT):
        makes_one = any(name.known and not name.absent for name in deployment.get("StageName"))
        if makes_one and deployment not in named:
            api = system.first_target(deployment.get("RestApiId"), REST_API)
            yield Stage(api, deployment, True, deployment.get("StageDescription")[0])
    for api in quick_created(system):
        override = override_of(system, api)
        value = override.get("Stage")[0] if override else api.get("Stage")[0]
        yield Stage(api, override or api, False, value)
