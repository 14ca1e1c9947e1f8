"""SAM templates: expanded offline, with findings at the lines that somebody wrote."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from cumulo.errors import CumuloError
from cumulo.guidelines.engine import check
from cumulo.guidelines.loading import load
from cumulo.guidelines.template.sam import expand_sam

HEAD = "Transform: AWS::Serverless-2016-10-31\n"


def loaded(tmp_path, text, **more):
    path = tmp_path / "template.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return load([path], project=tmp_path, **more)


def line_of(text, part):
    return next(n for n, line in enumerate((HEAD + text).splitlines(), 1) if part in line)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*args):
        raise AssertionError("nothing is asked of anybody")

    monkeypatch.setattr(socket.socket, "connect", refuse)


FUNCTION = """\
Globals:
  Function:
    Timeout: 5
    Runtime: python3.12
    Environment:
      Variables:
        SHARED: one
Resources:
  Create:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.create
      CodeUri: nowhere/
      MemorySize: 256
      Environment:
        Variables:
          OWN: two
      Policies:
        - AmazonS3FullAccess
        - Statement:
            - Effect: Allow
              Action: "*"
              Resource: "*"
        - SQSPollerPolicy:
            QueueName: jobs
      Events:
        Jobs:
          Type: SQS
          Properties:
            Queue: !GetAtt Inbox.Arn
            BatchSize: 5
        Nightly:
          Type: Schedule
          Properties:
            Schedule: rate(1 day)
        Site:
          Type: HttpApi
        Rest:
          Type: Api
          Properties: {Path: /a, Method: get}
  Inbox:
    Type: AWS::SQS::Queue
"""


def test_a_function_becomes_what_it_stands_for(tmp_path):
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html"""
    (stack,) = loaded(tmp_path, FUNCTION).system.stacks
    kinds = {resource.type for resource in stack.resources.values()}
    assert {
        "AWS::Lambda::Function",
        "AWS::IAM::Role",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Events::Rule",
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGatewayV2::Api",
        "AWS::SQS::Queue",
    } <= kinds
    (timeout,) = stack.resources["Create"].get("Timeout")
    assert timeout.number == 5


@pytest.mark.parametrize(
    ("path", "part"),
    [
        (("Create",), "  Create:"),
        (("Create", "Properties", "MemorySize"), "MemorySize"),
        (("Create", "Properties", "Timeout"), "Timeout"),
        (("Create", "Properties", "Runtime"), "Runtime"),
        (("Create", "Properties", "Environment", "Variables", "SHARED"), "SHARED"),
        (("Create", "Properties", "Environment", "Variables", "OWN"), "OWN"),
        (("Create", "Properties", "TracingConfig"), "  Create:"),
        (("CreateRole",), "  Create:"),
        (("CreateRole", "Properties", "ManagedPolicyArns", 1), "AmazonS3FullAccess"),
        (("CreateRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", 0, "Action"), 'Action: "*"'),
        (("CreateRole", "Properties", "Policies", 1), "SQSPollerPolicy"),
        (("CreateJobs",), "        Jobs:"),
        (("CreateJobs", "Properties", "BatchSize"), "BatchSize"),
        (("CreateJobs", "Properties", "EventSourceArn"), "Queue: !GetAtt"),
        (("CreateNightly", "Properties", "ScheduleExpression"), "Schedule: rate"),
        (("ServerlessHttpApi",), "        Site:"),
        (("ServerlessRestApiProdStage",), "        Rest:"),
        (("Inbox",), "  Inbox:"),
    ],
)
def test_each_piece_has_the_line_that_it_was_written_at(tmp_path, path, part):
    (stack,) = loaded(tmp_path, FUNCTION).system.stacks
    file, line = stack.place(("Resources", *path))
    assert (file, line) == (str(tmp_path / "template.yaml"), line_of(FUNCTION, part))


def test_findings_name_the_resource_that_somebody_wrote(tmp_path):
    report = check(loaded(tmp_path, FUNCTION).system, lint=False)
    found = {(finding.rule, finding.subject, finding.line) for finding in report.findings}
    assert ("IAM001", "template/Create", line_of(FUNCTION, 'Action: "*"')) in found
    assert ("FN007", "template/Create", line_of(FUNCTION, "        Jobs:")) in found


def test_metadata_of_a_sam_resource_accepts_findings_in_what_it_makes(tmp_path):
    text = FUNCTION.replace(
        "    Type: AWS::Serverless::Function\n",
        "    Type: AWS::Serverless::Function\n    Metadata: {Cumulo: {Accept: {IAM001: measured}}}\n",
    )
    report = check(loaded(tmp_path, text).system, lint=False)
    assert {each.finding.rule for each in report.accepted} == {"IAM001"}
    assert not [finding for finding in report.findings if finding.rule in ("CHK001", "CHK002", "IAM001")]


def test_mends_go_where_sam_has_the_same_property(tmp_path):
    (stack,) = loaded(tmp_path, FUNCTION).system.stacks
    place = ("Resources", "Create", "Properties", "MemorySize")
    assert stack.mended_at(place) == place
    assert stack.mended_at(("Resources", "Create", "Properties", "TracingConfig")) is None
    assert stack.mended_at(("Resources", "CreateRole", "Properties", "Path")) is None
    queue = ("Resources", "Inbox", "Properties", "VisibilityTimeout")
    assert stack.mended_at(queue) == queue


OTHERS = """\
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Connectors:
      Reads:
        Properties:
          Destination: {Id: Table}
          Permissions: [Read]
    Properties:
      Handler: app.handler
      Runtime: python3.12
      AutoPublishAlias: live
      DeploymentPreference: {Type: Canary10Percent5Minutes}
  Table:
    Type: AWS::Serverless::SimpleTable
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer/}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: flow.asl.json
      Role: arn:aws:iam::123456789012:role/x
  Api:
    Type: AWS::Serverless::Api
    Properties: {StageName: v1, DefinitionUri: openapi.yaml}
  Bought:
    Type: AWS::Serverless::Application
    Properties:
      Location: {ApplicationId: "arn:aws:serverlessrepo:us-east-1:1:applications/x", SemanticVersion: 1.0.0}
"""


def test_everything_else_is_expanded_without_its_files_and_without_asking_anybody(tmp_path):
    loaded_ = loaded(tmp_path, OTHERS)
    assert loaded_.before == ()
    (stack,) = loaded_.system.stacks
    types = {resource.type for resource in stack.resources.values()}
    assert {"AWS::Lambda::Alias", "AWS::DynamoDB::Table", "AWS::Lambda::LayerVersion"} <= types
    assert {"AWS::StepFunctions::StateMachine", "AWS::ApiGateway::Stage", "AWS::CloudFormation::Stack"} <= types
    assert stack.place(("Resources", "FnReadsPolicy"))[1] == line_of(OTHERS, "Reads:")


def test_what_nobody_can_change_is_never_found(tmp_path):
    (stack,) = loaded(tmp_path, OTHERS).system.stacks
    assert {"CodeDeployServiceRole", "ServerlessDeploymentApplication"} <= stack.beyond
    report = check(loaded(tmp_path, OTHERS).system, lint=False)
    assert not [finding for finding in report.findings if "CodeDeploy" in finding.subject]


def test_a_refused_template_is_one_line_and_its_plain_resources_are_judged(tmp_path):
    text = (
        "Resources:\n  Bad:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {Handler: a.b, Events: {X: {Type: NoSuchEvent, Properties: {}}}}\n"
        "  Queue:\n    Type: AWS::SQS::Queue\n"
    )
    loaded_ = loaded(tmp_path, text)
    (finding,) = loaded_.before
    assert (finding.rule, finding.line) == ("CHK007", line_of(text, "Bad:"))
    assert "NoSuchEvent" in finding.message
    assert "template/Queue" in {each.subject for each in check(loaded_.system, lint=False).findings}


@pytest.mark.parametrize(
    "resources",
    ["{}", "{A: {Type: AWS::Serverless::Function, Properties: []}}", "{A: x, B: {Type: AWS::Serverless::Api}}"],
)
def test_whatever_the_translator_trips_over_is_one_line(tmp_path, resources):
    assert [finding.rule for finding in loaded(tmp_path, f"Resources: {resources}\n").before] == ["CHK007"]


def test_an_expansion_is_remembered_by_content(tmp_path):
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"T": {"Type": "AWS::Serverless::SimpleTable"}}}
    cache = tmp_path / "cache"
    first = expand_sam(template, cache=cache)
    (file,) = cache.iterdir()
    known = json.loads(file.read_text())
    known["template"]["Resources"]["T"]["Type"] = "remembered"
    file.write_text(json.dumps(known))
    assert expand_sam(template, cache=cache)[0]["Resources"]["T"]["Type"] == "remembered"
    assert expand_sam(template, region="eu-west-1", cache=cache) == first
    file.write_text("{broken")
    assert expand_sam(template, cache=cache) == first


def test_a_cache_that_cannot_be_written_is_no_reason_to_fail(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"T": {"Type": "AWS::Serverless::SimpleTable"}}}
    assert expand_sam(template, cache=blocked)[1] == {"T": "T"}


def test_without_the_translator_the_hint_says_what_to_install(monkeypatch):
    monkeypatch.setattr("cumulo.guidelines.template.sam.find_spec", lambda name: None)
    with pytest.raises(CumuloError) as caught:
        expand_sam({"Resources": {}})
    assert caught.value.hint is not None
    assert "cumulo[sam]" in caught.value.hint


def test_cfn_lint_is_given_what_somebody_wrote(tmp_path):
    (stack,) = loaded(tmp_path, FUNCTION).system.stacks
    assert stack.written is not None
    assert stack.written.resources["Create"].type == "AWS::Serverless::Function"
    assert Path(stack.written.file).name == "template.yaml"


def test_what_a_policy_template_says_is_not_found(tmp_path):
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html"""
    text = FUNCTION.replace(
        "        - SQSPollerPolicy:\n            QueueName: jobs\n", "        - TextractPolicy: {}\n"
    )
    report = check(loaded(tmp_path, text).system, lint=False)
    lines = {finding.line for finding in report.findings if finding.rule in ("IAM001", "IAM002")}
    assert line_of(text, "TextractPolicy") not in lines
    assert line_of(text, 'Action: "*"') in lines


def test_a_nested_application_beside_its_parent_is_judged_with_what_it_is_given(tmp_path):
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-application.html"""
    (tmp_path / "child.yaml").write_text(
        "Parameters: {Name: {Type: String}}\n"
        "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}}\n"
    )
    text = (
        "Resources:\n  Inner:\n    Type: AWS::Serverless::Application\n"
        "    Properties: {Location: ./child.yaml, Parameters: {Name: given}}\n"
    )
    _, child = loaded(tmp_path, text).system.stacks
    assert [value.text for value in child.resources["Q"].get("QueueName")] == ["given"]


APIS = """\
Globals:
  Function: {Runtime: python3.12, Timeout: 5, CodeUri: src/, Tracing: PassThrough}
  HttpApi:
    CorsConfiguration:
      AllowOrigins: ["*"]
Resources:
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      Cors: "'*'"
      Auth:
        Authorizers:
          Asked: {FunctionArn: !GetAtt Fn.Arn, Identity: {ReauthorizeEvery: 0}}
        UsagePlan:
          CreateUsagePlan: PER_API
      Domain:
        DomainName: api.example.com
        CertificateArn: arn:x
        SecurityPolicy: TLS_1_0
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      AutoPublishAlias: live
      DeploymentPreference:
        Type: AllAtOnce
      Events:
        Place: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /orders, Method: POST}}
        Other: {Type: Api, Properties: {Path: /orders, Method: post}}
        Any: {Type: HttpApi, Properties: {Path: "/{proxy+}", Method: any}}
        Default: {Type: HttpApi}
"""


@pytest.mark.parametrize(
    ("path", "part"),
    [
        (("Rest", "Properties", "Body", "paths", "/orders", "post"), "        Place:"),
        (("Rest", "Properties", "Body", "paths", "/orders", "options"), "      Cors:"),
        (("Rest", "Properties", "Body", "securityDefinitions", "Asked", "type"), "          Asked:"),
        (("RestUsagePlan", "Properties", "Quota"), "        UsagePlan:"),
        (("ServerlessRestApi", "Properties", "Body", "paths", "/orders", "post"), "        Other:"),
        (
            ("ServerlessHttpApi", "Properties", "Body", "paths", "/{proxy+}", "x-amazon-apigateway-any-method"),
            "        Any:",
        ),
        (
            ("ServerlessHttpApi", "Properties", "Body", "paths", "$default", "x-amazon-apigateway-any-method"),
            "        Default:",
        ),
        (
            ("ServerlessHttpApi", "Properties", "Body", "x-amazon-apigateway-cors", "allowOrigins"),
            "      AllowOrigins:",
        ),
        (("FnDeploymentGroup", "Properties", "DeploymentConfigName"), "        Type: AllAtOnce"),
        (("FnDeploymentGroup", "Properties", "AlarmConfiguration"), "      DeploymentPreference:"),
    ],
)
def test_pieces_of_an_api_and_of_a_deployment_have_the_lines_of_what_they_were_made_of(tmp_path, path, part):
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html"""
    (stack,) = loaded(tmp_path, APIS).system.stacks
    assert stack.place(("Resources", *path))[1] == line_of(APIS, part)


def test_fixes_are_in_words_that_sam_knows(tmp_path):
    report = check(loaded(tmp_path, APIS, production=True).system, lint=False)
    fixes = {(finding.rule, finding.line): finding.fix for finding in report.findings}
    assert fixes["API001", line_of(APIS, "      Cors:")].startswith("Cors: {AllowOrigin:")
    assert fixes["API001", line_of(APIS, "AllowOrigins")].startswith("Globals: {HttpApi: {CorsConfiguration:")
    assert fixes["API012", line_of(APIS, "        Other:")] == "Globals: {Api: {MinimumCompressionSize: 1024}}"
    assert fixes["API009", line_of(APIS, "Asked:")] == "Identity: {ReauthorizeEvery: 300}"
    assert fixes["DEP001", line_of(APIS, "Type: AllAtOnce")].startswith("DeploymentPreference:")
    assert fixes["FN009", line_of(APIS, "Tracing")] == "Tracing: Active"


def test_mends_go_where_sam_says_the_same_in_other_words(tmp_path):
    (stack,) = loaded(tmp_path, APIS).system.stacks
    traced = ("Resources", "Fn", "Properties", "TracingConfig", "Mode")
    assert stack.mended_at(traced) == ("Globals", "Function", "Tracing")
    (domain,) = [each.id for each in stack.resources.values() if each.type == "AWS::ApiGateway::DomainName"]
    policy = ("Resources", domain, "Properties", "SecurityPolicy")
    assert stack.mended_at(policy) == ("Resources", "Rest", "Properties", "Domain", "SecurityPolicy")
    own = APIS.replace("      Handler: app.handler\n", "      Handler: app.handler\n      Tracing: PassThrough\n")
    (stack,) = loaded(tmp_path, own).system.stacks
    assert stack.mended_at(traced) == ("Resources", "Fn", "Properties", "Tracing")


INCLUDED = """\
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      Auth: {ApiKeyRequired: true}
      DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: LOCATION}}}
"""


def test_an_included_definition_is_read_where_it_lies_beside_the_template(tmp_path):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html"""
    (tmp_path / "api.yaml").write_text('swagger: "2.0"\npaths: {/orders: {get: {responses: {}}}}\n')
    text = INCLUDED.replace("LOCATION", "api.yaml")
    loaded_ = loaded(tmp_path, text)
    assert loaded_.before == ()
    (stack,) = loaded_.system.stacks
    (paths,) = stack.resources["Api"].get("Body", "paths")
    assert list(paths.plain) == ["/orders"]
    place = ("Resources", "Api", "Properties", "Body", "paths", "/orders", "get")
    assert stack.place(place)[1] == line_of(text, "DefinitionBody")


@pytest.mark.parametrize("location", ["s3://bucket/api.yaml", "missing.yaml", "broken.yaml", "/etc/hostname"])
def test_a_definition_that_is_not_at_hand_is_unknown_and_no_reason_to_refuse(tmp_path, location):
    (tmp_path / "broken.yaml").write_text("{")
    loaded_ = loaded(tmp_path, INCLUDED.replace("LOCATION", location))
    assert loaded_.before == ()
    (stack,) = loaded_.system.stacks
    assert not any(value.known for value in stack.resources["Api"].get("Body", "paths"))
