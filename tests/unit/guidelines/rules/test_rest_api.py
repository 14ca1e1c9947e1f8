"""Rules about REST APIs: settings, several templates, and what AWS's pages say."""

from __future__ import annotations

import pytest

from cumulo.guidelines.finding import Severity

ROUTED = """
    Resources:
      Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: api{api}}}}}
      Get:
        Type: AWS::ApiGateway::Method
        Properties: {{RestApiId: !Ref Api, HttpMethod: GET, Integration: {{Type: AWS_PROXY{integration}}}{method}}}
      Stage: {{Type: AWS::ApiGateway::Stage, Properties: {{RestApiId: !Ref Api{stage}}}}}
"""


def routed(*, api="", method="", integration="", stage=""):
    return ROUTED.format(api=api, method=method, integration=integration, stage=stage)


@pytest.mark.parametrize(
    "use",
    [
        {"api": ", EndpointConfiguration: {Types: [EDGE]}"},
        {"api": ", EndpointConfiguration: {Types: [PRIVATE]}"},
        {"api": ", Policy: {Statement: []}"},
        {"api": ", MinimumCompressionSize: 0"},
        {"method": ", ApiKeyRequired: true"},
        {"method": ", RequestValidatorId: abc"},
        {"integration": ", TimeoutInMillis: 60000"},
        {"integration": ", ResponseTransferMode: STREAM"},
        {"stage": ", CacheClusterEnabled: true"},
        {"stage": ", TracingEnabled: true"},
        {"stage": ", MethodSettings: [{LoggingLevel: INFO}]"},
    ],
)
def test_what_only_rest_apis_can_do_keeps_a_rest_api(judge, use):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html."""
    assert judge("API007", routed(**use)) == []


@pytest.mark.parametrize(
    "use",
    [
        {},
        {"api": ", EndpointConfiguration: {Types: [REGIONAL]}"},
        {"api": ", ApiKeySourceType: HEADER"},
        {"method": ", ApiKeyRequired: false"},
        {"integration": ", TimeoutInMillis: 29000"},
        {"stage": ", TracingEnabled: false, MethodSettings: [{LoggingLevel: 'OFF', ThrottlingRateLimit: 5}]"},
    ],
)
def test_what_http_apis_can_do_as_well_does_not(judge, use):
    assert [each.severity for each in judge("API007", routed(**use))] == [Severity.INFO]


def test_a_firewall_of_which_nobody_knows_what_it_guards_may_guard_any_api(judge):
    firewall = """
        Parameters: {Arn: {Type: String}}
        Resources: {Wall: {Type: AWS::WAFv2::WebACLAssociation, Properties: {ResourceArn: !Ref Arn}}}
    """
    assert judge("API007", routed(), firewall) == []


def test_a_firewall_in_another_template_guards_the_stage_that_it_imports(judge):
    firewall = """
        Resources:
          Wall:
            Type: AWS::WAFv2::WebACLAssociation
            Properties: {ResourceArn: !Sub ["arn:aws:apigateway:::/${stage}", {stage: !ImportValue stage}]}
    """
    outputs = "\n    Outputs: {Stage: {Value: !Ref Stage, Export: {Name: stage}}}"
    assert judge("API007", routed() + outputs, firewall) == []
    assert len(judge("API007", routed() + outputs)) == 1


def test_the_methods_that_have_a_body_are_a_setting(judge):
    delete = "Resources: {Delete: {Type: AWS::ApiGateway::Method, Properties: {HttpMethod: DELETE}}}"
    assert judge("API006", delete) == []
    assert len(judge("API006", delete, methods=["DELETE"])) == 1


def test_a_validator_of_another_template_validates_as_well(judge):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-validation-set-up.html."""

    def validator(body):
        return f"""
            Resources: {{All: {{Type: AWS::ApiGateway::RequestValidator, Properties: {{ValidateRequestBody: {body}}}}}}}
            Outputs: {{All: {{Value: !Ref All, Export: {{Name: all}}}}}}
        """

    method = """
        Resources:
          Create:
            Type: AWS::ApiGateway::Method
            Properties:
              {HttpMethod: POST, RequestModels: {application/json: Item}, RequestValidatorId: !ImportValue all}
    """
    assert judge("API006", validator("true"), method) == []
    (found,) = judge("API006", validator("false"), method)
    assert "leaves the body alone" in found.message
    assert judge("API006", method) == []


def test_a_method_is_called_by_its_path(judge):
    template = """
        Resources:
          Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: api}}
          Items: {Type: AWS::ApiGateway::Resource, Properties: {ParentId: !GetAtt Api.RootResourceId, PathPart: items}}
          Item: {Type: AWS::ApiGateway::Resource, Properties: {ParentId: !Ref Items, PathPart: "{id}"}}
          Put: {Type: AWS::ApiGateway::Method, Properties: {ResourceId: !Ref Item, HttpMethod: PUT}}
    """
    assert judge("API006", template)[0].message.startswith("PUT /items/{id} takes any body")


def test_resources_that_are_each_others_parents_end(judge):
    template = """
        Resources:
          A: {Type: AWS::ApiGateway::Resource, Properties: {ParentId: !Ref B, PathPart: a}}
          B: {Type: AWS::ApiGateway::Resource, Properties: {ParentId: !Ref A, PathPart: b}}
          Put: {Type: AWS::ApiGateway::Method, Properties: {ResourceId: !Ref A, HttpMethod: PUT}}
    """
    assert judge("API006", template)[0].message.startswith("Put takes any body")


def test_a_plan_of_another_template_limits_the_key_that_it_imports(judge):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html."""
    key = "Resources: {Key: {Type: AWS::ApiGateway::ApiKey, Properties: {Enabled: true}}}"
    outputs = "\nOutputs: {Key: {Value: !Ref Key, Export: {Name: key}}}"
    link = "Resources: {Link: {Type: AWS::ApiGateway::UsagePlanKey, Properties: {KeyId: %s, KeyType: API_KEY}}}"
    assert len(judge("API008", key)) == 1
    assert judge("API008", key + outputs) == []
    assert judge("API008", key + outputs, link % "!ImportValue key") == []
    assert judge("API008", key, link % "abc123") == []


def test_what_a_usage_plan_lacks_is_named(judge):
    plan = "Resources: {Plan: {Type: AWS::ApiGateway::UsagePlan, Properties: {Quota: {Limit: 5, Period: DAY}}}}"
    assert [each.message for each in judge("API008", plan)] == ["the usage plan has no throttle"]
