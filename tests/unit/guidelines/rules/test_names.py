"""Rules about names and tags: systems that were declared with Cumulo, settings."""

from __future__ import annotations

import pytest

from cumulo import App, Bucket, Function, HttpApi, Queue, Secret, Stack, Stage, Table, Topic
from cumulo.assembly import Assembly, StackArtifact
from cumulo.constructs.parameter import Parameter
from cumulo.guidelines.assembled import of_assembly
from cumulo.guidelines.rules.names.nam001_names import NamesTellTheStage
from cumulo.guidelines.rules.names.nam002_tags import ResourcesAreTagged
from cumulo.synth.templates import template


def declared(tmp_path, **override):
    """Return a system with one of most constructs; `override` is the queue's."""
    stack = Stack(App("shop", Stage("dev")), "all")
    function = Function(stack, "create", handler="functions.create.handler")
    queue = Queue(stack, "orders", tries=5, override=override)
    Function(stack, "a-function-whose-name-is-so-long-that-lambda-would-refuse-it", handler="functions.create.handler")
    Table(stack, "items", partition_key="PK")
    for kind in (Bucket, Topic, Secret):
        kind(stack, "things")
    Parameter(stack, "limit", value="1")
    HttpApi(stack, "api").route("GET /items", function, authorizer=None)
    function.errors().alarm(stack, "errors", above=0)
    assert queue.name == "shop-dev-orders"
    artifact = StackArtifact("all", stack.name, template(stack))
    return of_assembly(Assembly(tmp_path, tmp_path, "shop", "dev", False, None, None, "3.11", (artifact,)))


def test_what_the_constructs_call_things_is_right(tmp_path):
    assert not list(NamesTellTheStage({}, False).check(declared(tmp_path)))


@pytest.mark.parametrize("name", ["orders", "shop-prod-orders", "shop-dev-Orders"])
def test_a_name_that_was_written_over_is_told(tmp_path, name):
    (found,) = NamesTellTheStage({}, False).check(declared(tmp_path, QueueName=name))
    assert found.message == f"its QueueName {name} is not shop-dev-…, in kebab case"


def test_a_fifo_queue_keeps_its_suffix(tmp_path):
    system = declared(tmp_path, QueueName="shop-dev-orders.fifo")
    assert not list(NamesTellTheStage({}, False).check(system))


def test_cumulo_tags_every_stack_so_nothing_lacks_a_tag(tmp_path):
    assert not list(ResourcesAreTagged({}, False).check(declared(tmp_path, Tags=None)))


def test_without_a_parameter_for_the_stage_a_name_may_be_what_it_wants(judge):
    text = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}}"
    assert not judge("NAM001", text)
    assert not judge("NAM001", "Parameters: {Tier: {Type: String}}\n" + text)
    assert judge("NAM001", "Parameters: {Tier: {Type: String}}\n" + text, parameters=["Tier"])


def test_words_that_mean_a_stage_are_a_setting(judge):
    text = """
        Parameters: {Stage: {Type: String}}
        Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: orders-sandbox}}}
    """
    assert judge("NAM001", text)
    assert not judge("NAM001", text, stages=["sandbox"])


def test_the_names_of_the_tags_are_a_setting(judge):
    text = """
        Resources:
          A: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: team, Value: a}]}}
          B: {Type: AWS::SQS::Queue}
    """
    assert not judge("NAM002", text)
    (found,) = judge("NAM002", text, tags=["team"])
    assert found.message == "it has no tag team, unlike 1 other resource of the template"


def test_another_template_s_tags_say_nothing(judge):
    tagged = "Resources: {A: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: Environment, Value: a}]}}}"
    assert not judge("NAM002", tagged, "Resources: {B: {Type: AWS::SQS::Queue}}")


def test_tags_of_some_types_are_a_mapping(judge):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html"""
    tagged = "Queue: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: Environment, Value: dev}]}}"
    other = "Topic: {Type: AWS::SNS::Topic, Properties: {Tags: [{Key: Application, Value: shop}]}}"
    found = judge("NAM002", f"Resources: {{{tagged}, {other}, Api: {{Type: AWS::ApiGatewayV2::Api}}}}")
    assert found[-1].fix == "Tags: {Environment: …, Application: …}, or tags of the whole stack"
    assert found[-1].message == "it has no tag Environment and Application, unlike 2 other resources of the template"
