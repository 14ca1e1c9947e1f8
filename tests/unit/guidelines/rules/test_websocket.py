"""Rules about WebSocket APIs: severities, settings, several templates."""

from __future__ import annotations

from cumulo.guidelines.finding import Severity

SOCKET = """
    Resources:
      Socket: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: WEBSOCKET}}
      Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Socket, StageName: prod}}
    Outputs: {Socket: {Value: !Ref Socket, Export: {Name: socket}}}
"""


def policy(resource):
    statement = f"{{Effect: Allow, Action: 'execute-api:ManageConnections', Resource: {resource}}}"
    document = f"{{PolicyDocument: {{Statement: [{statement}]}}}}"
    return f"Resources: {{Policy: {{Type: AWS::IAM::ManagedPolicy, Properties: {document}}}}}"


def test_every_api_is_an_error_and_every_stage_of_one_a_warning(judge):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html."""
    (every,) = judge("WS003", policy('"arn:aws:execute-api:eu-central-1:123456789012:*/*"'))
    (stages,) = judge("WS003", policy('"arn:aws:execute-api:eu-central-1:123456789012:abc123/*/POST/@connections/*"'))
    assert (every.severity, stages.severity) == (Severity.ERROR, Severity.WARNING)
    assert "abc123" in stages.message
    assert (
        judge("WS003", policy('"arn:aws:execute-api:eu-central-1:123456789012:abc123/prod/POST/@connections/*"')) == []
    )


def test_the_one_stage_of_an_api_in_another_template_needs_no_name(judge):
    resource = '!Sub ["arn:aws:execute-api:*:*:${api}/*", {api: !ImportValue socket}]'
    second = (
        "  Second: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Socket, StageName: test}}\n    Outputs"
    )
    assert judge("WS003", SOCKET, policy(resource)) == []
    assert len(judge("WS003", SOCKET.replace("Outputs", second), policy(resource))) == 1
    # Nothing is known of an API that is not at hand but that it is one.
    assert [each.severity for each in judge("WS003", policy(resource))] == [Severity.WARNING]


def connected(environment):
    return f"""
        Resources:
          Socket: {{Type: AWS::ApiGatewayV2::Api, Properties: {{ProtocolType: WEBSOCKET}}}}
          Connect:
            Type: AWS::ApiGatewayV2::Route
            Properties: {{ApiId: !Ref Socket, RouteKey: $connect, Target: !Sub "integrations/${{To}}"}}
          To: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{IntegrationUri: !GetAtt F.Arn}}}}
          F: {{Type: AWS::Lambda::Function, Properties: {{Environment: {{Variables: {environment}}}}}}}
          A: {{Type: AWS::DynamoDB::Table, Properties: {{}}}}
          B: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: chat-members}}}}
    """


def test_words_that_tell_the_table_of_connections_are_a_setting(judge):
    template = connected("{A: !Ref A, B: !Ref B}")
    assert judge("WS002", template) == []
    (found,) = judge("WS002", template, names=["members"])
    assert found.subject == "stack1/B"
    assert "F opens" in found.message


def test_a_handler_that_names_no_table_keeps_no_connections(judge):
    assert judge("WS002", connected("{MODE: fast}")) == []


def test_a_connect_route_of_another_template_is_enough(judge):
    send = "  Send: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Socket, RouteKey: send}}\n    Outputs"
    socket = SOCKET.replace("Outputs", send)
    properties = "{ApiId: !ImportValue socket, RouteKey: $connect, AuthorizationType: AWS_IAM}"
    connect = f"Resources: {{Connect: {{Type: AWS::ApiGatewayV2::Route, Properties: {properties}}}}}"
    assert judge("WS001", socket, connect) == []
    alone = socket.partition("Outputs")[0]
    assert [each.message for each in judge("WS001", alone)] == [
        "without a $connect route anybody may open a connection"
    ]
