"""Rules about sending e-mail: several templates, and what AWS's pages say."""

from __future__ import annotations

IDENTITY = "Resources: {Identity: {Type: AWS::SES::EmailIdentity, Properties: {EmailIdentity: example.com}}}"
EVERY = "arn:aws:ses:eu-central-1:111122223333:identity/*"


def allowed(action, condition="{}"):
    statement = f"{{Effect: Allow, Action: {action}, Resource: '{EVERY}', Condition: {condition}}}"
    policy = f"{{PolicyDocument: {{Statement: [{statement}]}}}}"
    return f"Resources: {{Policy: {{Type: AWS::IAM::ManagedPolicy, Properties: {policy}}}}}"


def destination(events, name="news"):
    properties = f"{{ConfigurationSetName: {name}, EventDestination: {{MatchingEventTypes: {events}}}}}"
    set_ = "Set: {Type: AWS::SES::ConfigurationSet, Properties: {Name: news}}"
    return f"Resources: {{{set_}, To: {{Type: AWS::SES::ConfigurationSetEventDestination, Properties: {properties}}}}}"


def test_a_condition_on_the_sender_narrows_a_policy(judge):
    """https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html"""
    assert judge("EML001", allowed("ses:SendEmail"))
    assert not judge("EML001", allowed("ses:SendEmail", "{StringLike: {'ses:FromAddress': '*@example.com'}}"))
    assert judge("EML001", allowed("ses:SendEmail", "{StringLike: {'ses:Recipients': '*@example.com'}}"))


def test_a_condition_that_nobody_knows_may_narrow_it(judge):
    assert not judge("EML001", allowed("ses:SendEmail", "!ImportValue condition"))
    assert not judge("EML001", allowed("ses:SendEmail", "{StringLike: !ImportValue condition}"))


def test_a_star_that_covers_sending_sends(judge):
    assert judge("EML001", allowed("'ses:*'"))
    assert not judge("EML001", allowed("'ses:Get*'"))


def test_bounces_only_come_as_mail_by_default(judge):
    """https://docs.aws.amazon.com/ses/latest/dg/monitor-sending-activity-using-notifications-email.html"""
    (found,) = judge("EML002", IDENTITY)
    assert found.message == "bounces and complaints only come as e-mails to the sender"


def test_code_may_name_a_configuration_set_of_another_stack(judge):
    assert not judge("EML002", IDENTITY, destination("[BOUNCE, COMPLAINT]"))
    assert judge("EML002", IDENTITY, destination("[BOUNCE]"))


def test_a_destination_of_which_nothing_is_known_may_hear_all(judge):
    assert not judge("EML002", IDENTITY, destination("!ImportValue events"))
    assert not judge("EML002", IDENTITY, destination("[BOUNCE]", name="!ImportValue name"))
