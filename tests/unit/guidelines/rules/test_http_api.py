"""Rules about HTTP APIs, and about what HTTP and REST APIs share: severities, mends, several templates, AWS's pages."""

from __future__ import annotations

import pytest

from cumulo.guidelines.edits import Put
from cumulo.guidelines.finding import Severity


def rest_body(operation, **extra):
    more = "".join(f", {key}: {value}" for key, value in extra.items())
    body = f"{{paths: {{/a: {{get: {operation}}}}}{more}}}"
    return f"Resources: {{Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Body: {body}}}}}}}"


def test_a_rest_api_is_told_of_its_cors_once_at_the_first_method(judge):
    api = """
        Resources:
          Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: api}}
          A:
            Type: AWS::ApiGateway::Method
            Properties: {RestApiId: !Ref Api, HttpMethod: OPTIONS, Integration: &cors {IntegrationResponses: [
              {ResponseParameters: {method.response.header.Access-Control-Allow-Origin: "'*'"}}]}}
          B:
            Type: AWS::ApiGateway::Method
            Properties: {RestApiId: !Ref Api, HttpMethod: OPTIONS, Integration: *cors}
    """
    found = judge("API001", api, production=True)
    assert [(each.subject, each.line, each.severity) for each in found] == [("stack1/Api", 7, Severity.ERROR)]


def test_a_method_of_an_api_in_another_template_is_told_itself(judge):
    api = """
        Resources: {Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: api}}}
        Outputs: {Api: {Value: !Ref Api, Export: {Name: api}}}
    """
    method = """
        Resources:
          Options:
            Type: AWS::ApiGateway::Method
            Properties:
              RestApiId: !ImportValue api
              HttpMethod: OPTIONS
              Integration:
                IntegrationResponses:
                  - ResponseParameters: {method.response.header.Access-Control-Allow-Origin: "'*'"}
    """
    (found,) = judge("API001", api, method)
    assert (found.subject, found.file.rpartition("/")[2], found.line) == ("stack2/Options", "stack2.yaml", 10)


def test_rest_apis_do_not_use_security_at_the_root_of_a_definition(judge):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html."""
    (found,) = judge("API003", rest_body("{}", security="[{Users: []}]"))
    assert "root" in found.message
    assert judge("API003", rest_body("{security: [{Users: []}]}", security="[{Users: []}]")) == []


@pytest.mark.parametrize(
    "said", ["security: []", "security: [{NONE: []}]", "x-amazon-apigateway-auth: {type: AWS_IAM}"]
)
def test_an_operation_that_says_who_may_call_is_left_alone(judge, said):
    assert judge("API003", rest_body(f"{{{said}}}")) == []
    assert len(judge("API003", rest_body("{}"))) == 1


def test_a_route_of_an_api_of_another_template_is_judged_by_the_kind_of_that_api(judge):
    def api(kind):
        return f"""
            Resources: {{Api: {{Type: AWS::ApiGatewayV2::Api, Properties: {{ProtocolType: {kind}}}}}}}
            Outputs: {{Api: {{Value: !Ref Api, Export: {{Name: api}}}}}}
        """

    properties = "{ApiId: !ImportValue api, RouteKey: $default}"
    route = f"Resources: {{Route: {{Type: AWS::ApiGatewayV2::Route, Properties: {properties}}}}}"
    assert len(judge("API003", api("HTTP"), route)) == 1
    assert judge("API003", api("WEBSOCKET"), route) == []
    assert judge("API003", route) == []


def test_a_deployment_makes_a_stage_unless_a_stage_names_it(judge):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html."""
    deployment = """
        Resources:
          Made: {Type: AWS::ApiGateway::Deployment, Properties: {StageName: dev}}
    """
    stage = """
          Stage:
            Type: AWS::ApiGateway::Stage
            Properties: {DeploymentId: !Ref Made, AccessLogSetting: {DestinationArn: x}}
    """
    (found,) = judge("API005", deployment)
    assert found.fix.startswith("AccessLogSetting: ")
    assert judge("API005", deployment.rstrip() + stage) == []


def test_half_a_limit_of_a_rest_stage_is_mended_in_its_own_words(judge):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-stage-methodsetting.html."""
    stage = """
        Resources:
          Stage:
            Type: AWS::ApiGateway::Stage
            Properties: {MethodSettings: [{ResourcePath: "/*", HttpMethod: "*", ThrottlingRateLimit: 50}]}
    """
    (found,) = judge("API004", stage)
    assert found.message == "ThrottlingBurstLimit is not set"
    assert found.fix.startswith("MethodSettings: ")


def test_a_domain_without_a_policy_has_tls_1_2(judge):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html."""
    domain = "Resources: {{Domain: {{Type: AWS::ApiGateway::DomainName, Properties: {{{}}}}}}}"
    assert judge("API010", domain.format("DomainName: a")) == []
    (found,) = judge("API010", domain.format("SecurityPolicy: TLS_1_0"))
    assert found.edits == (Put(found.file, ("Resources", "Domain", "Properties", "SecurityPolicy"), "TLS_1_2"),)
    assert judge("API010", domain.format("SecurityPolicy: TLS_1_0"), old=[]) == []


def test_the_mend_of_a_domain_goes_into_its_configuration(judge):
    domain = """
        Resources:
          Domain:
            Type: AWS::ApiGatewayV2::DomainName
            Properties: {DomainNameConfigurations: [{SecurityPolicy: TLS_1_2}, {SecurityPolicy: TLS_1_0}]}
    """
    (found,) = judge("API010", domain)
    assert found.edits[0].path == ("Resources", "Domain", "Properties", "DomainNameConfigurations", 1, "SecurityPolicy")


@pytest.mark.parametrize(
    ("configuration", "missing"),
    [
        ("{}", "issuer and audience"),
        ("{Issuer: 'https://x'}", "audience"),
        ("{Issuer: 'https://x', Audience: []}", "audience"),
        ("{Audience: [a]}", "issuer"),
    ],
)
def test_what_a_jwt_authorizer_lacks_is_named(judge, configuration, missing):
    properties = f"{{AuthorizerType: JWT, JwtConfiguration: {configuration}}}"
    (found,) = judge("API011", f"Resources: {{Jwt: {{Type: AWS::ApiGatewayV2::Authorizer, Properties: {properties}}}}}")
    assert (found.severity, found.message) == (Severity.ERROR, f"the JWT authorizer names no {missing}")


def test_an_authorizer_of_an_api_of_another_template_is_cached_or_not(judge):
    api = """
        Resources: {Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP}}}
        Outputs: {Api: {Value: !Ref Api, Export: {Name: api}}}
    """
    properties = "{ApiId: !ImportValue api, AuthorizerType: REQUEST, AuthorizerResultTtlInSeconds: 0}"
    authorizer = f"Resources: {{Own: {{Type: AWS::ApiGatewayV2::Authorizer, Properties: {properties}}}}}"
    assert [each.severity for each in judge("API009", api, authorizer)] == [Severity.INFO]
    assert judge("API009", authorizer) == []


def test_functions_behind_an_openapi_body_answer_in_time(judge):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html."""
    uri = '!Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"'
    template = f"""
        Resources:
          F: {{Type: AWS::Lambda::Function, Properties: {{Timeout: 45}}}}
          Api:
            Type: AWS::ApiGatewayV2::Api
            Properties:
              Body:
                paths:
                  /a: {{get: {{x-amazon-apigateway-integration: {{type: aws_proxy, uri: {uri}}}}}}}
    """
    (found,) = judge("FN002", template)
    assert "30 s" in found.message


def test_serverless_framework_turns_logs_on_after_the_deployment(judge):
    """https://www.serverless.com/framework/docs/providers/aws/events/apigateway#logs"""
    deployed = "Deployed: {Type: AWS::ApiGateway::Deployment, Properties: {StageName: dev}}"
    group = "ApiGatewayLogGroup: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /aws/api-gateway/shop-dev}}"
    assert len(judge("API005", f"Resources: {{{deployed}}}")) == 1
    assert not judge("API005", f"Resources: {{{deployed}, {group}}}")


def test_a_stage_that_a_deployment_makes_is_throttled_in_its_description(judge):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-deployment-stagedescription.html"""
    (found,) = judge("API004", "Resources: {D: {Type: AWS::ApiGateway::Deployment, Properties: {StageName: dev}}}")
    assert found.fix == "StageDescription: {ThrottlingBurstLimit: 100, ThrottlingRateLimit: 50}"
