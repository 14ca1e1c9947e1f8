"""IAM policies of authorizers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
"""

import pytest

from cumulo.local.http_api.policy import MalformedPolicyError, Policy

API = "arn:aws:execute-api:eu-west-1:123456789012:api1"
ROUTE = f"{API}/$default/GET/pets/7"


def statement(effect="Allow", action="execute-api:Invoke", resource=ROUTE, **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def allows(*statements, route=ROUTE):
    return Policy({"Version": "2012-10-17", "Statement": list(statements)}).allows(route)


@pytest.mark.parametrize(
    "resource",
    [ROUTE, f"{API}/*", "*", f"{API}/$default/GET/pets/?", f"{API}/*/GET/*", [f"{API}/x", f"{API}/*/pets/7"]],
)
def test_a_matching_resource_allows(resource):
    assert allows(statement(resource=resource))


@pytest.mark.parametrize(
    "resource",
    [f"{API}/$default/POST/pets/7", f"{API}/$default/GET/pets", f"{API}/$default/GET/pets/??", f"{API}", f"{ROUTE}/*"],
)
def test_another_resource_does_not_allow(resource):
    assert not allows(statement(resource=resource))


@pytest.mark.parametrize("action", ["execute-api:invoke", "execute-api:*", "*", ["s3:GetObject", "execute-api:Invoke"]])
def test_actions_that_mean_invoking(action):
    assert allows(statement(action=action))


@pytest.mark.parametrize("action", ["execute-api:ManageConnections", "s3:*", ["lambda:InvokeFunction"]])
def test_actions_that_mean_something_else(action):
    assert not allows(statement(action=action))


def test_an_explicit_deny_wins_whatever_the_order():
    deny = statement("Deny", resource=f"{API}/*/GET/pets/*")
    assert not allows(statement(), deny)
    assert not allows(deny, statement())
    assert allows(statement(resource="*"), deny, route=f"{API}/$default/GET/health")


def test_nothing_allowed_is_denied():
    assert not allows()


def test_the_negated_elements():
    assert allows({"Effect": "Allow", "NotAction": "s3:*", "NotResource": f"{API}/*/admin"})
    assert not allows({"Effect": "Allow", "Action": "*", "NotResource": ROUTE})


def test_a_condition_never_allows_and_always_denies():
    condition = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    assert not allows(statement(**condition))
    assert not allows(statement(), statement("Deny", **condition))


def test_one_statement_needs_no_list():
    assert Policy({"Statement": statement()}).allows(ROUTE)


@pytest.mark.parametrize(
    "document",
    [
        None,
        "allow",
        {"Statement": ["allow"]},
        {"Statement": [{"Action": "*", "Resource": "*"}]},
        {"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]},
        {"Statement": [{"Effect": "Allow", "Resource": "*"}]},
        {"Statement": [{"Effect": "Allow", "Action": "*"}]},
        {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": [1]}]},
    ],
)
def test_what_is_no_policy_is_malformed(document):
    with pytest.raises(MalformedPolicyError):
        Policy(document)
