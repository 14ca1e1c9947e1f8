"""Rules about user pools and their clients: mends, settings, what AWS's pages say."""

from __future__ import annotations

import pytest

from cumulo.guidelines.discovery import template_rules
from cumulo.guidelines.edits import Put
from cumulo.guidelines.finding import Severity


def client(properties, name="Client"):
    return f"Resources: {{{name}: {{Type: AWS::Cognito::UserPoolClient, Properties: {properties}}}}}"


def test_a_client_reveals_users_unless_told_otherwise(judge):
    """https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html."""
    (found,) = judge("AUTH001", client("{UserPoolId: p}"))
    path = ("Resources", "Client", "Properties", "PreventUserExistenceErrors")
    assert found.edits == (Put(found.file, path, "ENABLED"),)


def test_names_that_tell_a_public_client_are_a_setting(judge):
    frontend = client("{GenerateSecret: true}", "FrontendClient")
    assert judge("AUTH002", frontend) == []
    assert len(judge("AUTH002", frontend, public_names=["frontend"])) == 1


def test_the_fix_is_in_the_units_of_the_template(judge):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cognito-userpoolclient-tokenvalidityunits.html"""
    lives = "AccessTokenValidity: 90, IdTokenValidity: 1, RefreshTokenValidity: 60"
    found = judge("AUTH003", client(f"{{{lives}, TokenValidityUnits: {{AccessToken: minutes, IdToken: days}}}}"))
    assert [each.fix for each in found] == [
        "AccessTokenValidity: 60",
        "IdTokenValidity: 1, in TokenValidityUnits hours",
        "RefreshTokenValidity: 30",
    ]


@pytest.mark.parametrize("name", ["Mobile", "mobileApp", "KefirIOSClient", "kefir-android"])
def test_a_public_client_is_told_by_a_word_of_its_name(judge, name):
    assert [each.severity for each in judge("AUTH002", client("{GenerateSecret: true}", name))] == [Severity.ERROR]


@pytest.mark.parametrize("name", ["Automobile", "Curiosity", "Spain", "Server"])
def test_a_part_of_a_word_tells_nothing(judge, name):
    assert judge("AUTH002", client("{GenerateSecret: true}", name)) == []


def test_how_long_tokens_may_live_is_a_setting(judge):
    template = client("{AccessTokenValidity: 2, RefreshTokenValidity: 60}")
    assert [each.message for each in judge("AUTH003", template)] == [
        "access tokens live for 2 hours; 1 hour is the most",
        "refresh tokens live for 60 days; 30 days is the most",
    ]
    assert judge("AUTH003", template, access_minutes=120, refresh_days=60) == []
    quarter = judge("AUTH003", template, access_minutes=15, refresh_days=60)
    assert [each.message for each in quarter] == ["access tokens live for 2 hours; 15 minutes is the most"]


def test_tokens_are_counted_in_hours_and_days_unless_told_otherwise(judge):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cognito-userpoolclient-tokenvalidityunits.html."""
    assert judge("AUTH003", client("{AccessTokenValidity: 1, IdTokenValidity: 1, RefreshTokenValidity: 30}")) == []
    units = "TokenValidityUnits: {AccessToken: minutes, RefreshToken: hours}"
    assert judge("AUTH003", client(f"{{AccessTokenValidity: 60, RefreshTokenValidity: 720, {units}}}")) == []
    assert len(judge("AUTH003", client(f"{{AccessTokenValidity: 61, RefreshTokenValidity: 721, {units}}}"))) == 2


def test_a_pool_is_protected_in_production_only(judge):
    pool = "Resources: {Users: {Type: AWS::Cognito::UserPool, Properties: {}}}"
    (found,) = judge("AUTH004", pool, production=True)
    assert found.edits == (Put(found.file, ("Resources", "Users", "Properties", "DeletionProtection"), "ACTIVE"),)
    (rule,) = (rule for rule in template_rules() if rule.id == "AUTH004")
    assert (rule.severity.production, rule.severity.elsewhere) == (Severity.WARNING, None)
