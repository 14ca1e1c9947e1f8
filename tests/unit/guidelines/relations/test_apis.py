"""Routes and stages, whatever way a template declares them."""

from __future__ import annotations

from pathlib import Path

from cumulo.guidelines.assembled import of_templates
from cumulo.guidelines.relations.apis import routes
from cumulo.guidelines.relations.sharing import shared
from cumulo.guidelines.relations.stages import stages
from cumulo.guidelines.system import once
from cumulo.guidelines.template.reading import TemplateFile


def system(resources, **more):
    declared = {name: {"Type": kind, "Properties": values} for name, (kind, values) in resources.items()}
    return of_templates([TemplateFile(Path("t.yaml"), {"Resources": declared, **more}, {})])


HTTP_API = ("AWS::ApiGatewayV2::Api", {"ProtocolType": "HTTP"})
SOCKET = ("AWS::ApiGatewayV2::Api", {"ProtocolType": "WEBSOCKET"})
REST_API = ("AWS::ApiGateway::RestApi", {"Name": "rest"})
ROOT = {"Fn::GetAtt": ["Rest", "RootResourceId"]}


def test_routes_are_resources_operations_and_quick_creates():
    body = {
        "paths": {"/a": {"get": {}, "x-amazon-apigateway-any-method": {}, "parameters": []}, "$default": {"post": {}}}
    }
    found = routes(
        system(
            {
                "Http": HTTP_API,
                "Route": ("AWS::ApiGatewayV2::Route", {"ApiId": {"Ref": "Http"}, "RouteKey": "GET /items"}),
                "Socket": SOCKET,
                "Connect": ("AWS::ApiGatewayV2::Route", {"ApiId": {"Ref": "Socket"}, "RouteKey": "$connect"}),
                "Rest": REST_API,
                "Items": ("AWS::ApiGateway::Resource", {"ParentId": ROOT, "PathPart": "items"}),
                "At": ("AWS::ApiGateway::Method", {"ResourceId": ROOT, "HttpMethod": "get"}),
                "Below": ("AWS::ApiGateway::Method", {"ResourceId": {"Ref": "Items"}, "HttpMethod": "POST"}),
                "Body": ("AWS::ApiGatewayV2::Api", {"Body": body}),
                "Quick": ("AWS::ApiGatewayV2::Api", {"ProtocolType": "HTTP", "Target": "arn"}),
                "InS3": ("AWS::ApiGateway::RestApi", {"BodyS3Location": {"Bucket": "b", "Key": "k"}}),
            }
        )
    )
    assert [(route.holder.id, route.kind, route.name, route.method) for route in found] == [
        ("Route", "HTTP", "GET /items", "GET"),
        ("Connect", "WEBSOCKET", "$connect", ""),
        ("At", "REST", "GET /", "GET"),
        ("Below", "REST", "POST /items", "POST"),
        ("Body", "HTTP", "GET /a", "GET"),
        ("Body", "HTTP", "ANY /a", "ANY"),
        ("Body", "HTTP", "$default", "POST"),
        ("Quick", "HTTP", "$default", ""),
    ]


def test_a_stage_is_a_resource_or_comes_with_a_deployment_or_an_api():
    found = stages(
        system(
            {
                "Http": HTTP_API,
                "Stage": ("AWS::ApiGatewayV2::Stage", {"ApiId": {"Ref": "Http"}}),
                "Served": ("AWS::ApiGateway::Deployment", {"StageName": "Stage"}),
                "Rest": ("AWS::ApiGateway::Stage", {"DeploymentId": {"Ref": "Served"}}),
                "Made": ("AWS::ApiGateway::Deployment", {"StageName": "dev"}),
                "Bare": ("AWS::ApiGateway::Deployment", {}),
                "Quick": ("AWS::ApiGatewayV2::Api", {"ProtocolType": "HTTP", "Target": "arn"}),
            }
        )
    )
    assert [(stage.holder.id, stage.rest) for stage in found] == [
        ("Stage", False),
        ("Rest", True),
        ("Made", True),
        ("Quick", False),
    ]


def test_what_is_exported_or_handed_to_a_nested_stack_is_shared():
    nested = ("AWS::CloudFormation::Stack", {"TemplateURL": "x", "Parameters": {"Api": {"Ref": "Nested"}}})
    url = {"Fn::Sub": "https://${Addressed}.execute-api.eu-central-1.amazonaws.com"}
    outputs = {
        "Id": {"Value": {"Ref": "Exported"}, "Export": {"Name": "api"}},
        "Url": {"Value": url, "Export": {"Name": "url"}},
        "Shown": {"Value": {"Ref": "Shown"}},
    }
    apis = dict.fromkeys(("Exported", "Addressed", "Shown", "Nested", "Own"), HTTP_API)
    found = shared(system({**apis, "Stack": nested}, Outputs=outputs))
    assert {resource.id for resource in found} == {"Exported", "Nested"}


def test_a_question_to_a_system_is_worked_out_once():
    asked = []
    judged = system({"Http": HTTP_API})

    @once
    def question(about):
        asked.append(about)
        return len(about.resources)

    assert [question(judged), question(judged)] == [1, 1]
    assert asked == [judged]
