"""What CloudWatch measures of the functions and of the API.

- https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
- https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

import pytest


@pytest.fixture
def api_id(cloud):
    """The API's id in AWS: its dimension in CloudWatch."""
    (logical_id,) = cloud.urls
    return cloud.physical_id(logical_id)


def test_invocations_are_measured(cloud, api, shoe):
    api.post("/items", json=shoe)
    api.get("/items/red-shoe")
    api.get("/items/none")
    got = {"FunctionName": "items-test-get-item"}
    assert sum(cloud.metric("AWS/Lambda", "Invocations", **got)) == 2
    assert sum(cloud.metric("AWS/Lambda", "Errors", **got)) == 0
    assert len(cloud.metric("AWS/Lambda", "Duration", **got)) == 2
    assert sum(cloud.metric("AWS/Lambda", "Invocations", FunctionName="items-test-create-item")) == 1


def test_a_failure_of_a_function_is_an_error_in_its_metrics(cloud, invoke):
    assert invoke("health", []).error == "Unhandled"
    assert cloud.metric("AWS/Lambda", "Errors", FunctionName="items-test-health") == [1]


def test_requests_are_measured(cloud, client, api, api_id):
    api.get("/items/none")
    client().get("/items/none")
    client().get("/health")
    assert sum(cloud.metric("AWS/ApiGateway", "Count", ApiId=api_id)) == 3
    assert sum(cloud.metric("AWS/ApiGateway", "4xx", ApiId=api_id)) == 2
    assert sum(cloud.metric("AWS/ApiGateway", "5xx", ApiId=api_id)) == 0
    assert all(value >= 0 for value in cloud.metric("AWS/ApiGateway", "Latency", ApiId=api_id))
