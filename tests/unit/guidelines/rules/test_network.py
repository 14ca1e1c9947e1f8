"""Rules about networks and databases: settings, stages, several templates, and what AWS's pages say."""

from __future__ import annotations

import pytest

GROUP = """
    Resources:
      Group:
        Type: AWS::EC2::SecurityGroup
        Properties:
          SecurityGroupIngress: {{IpProtocol: {protocol}, FromPort: {port}, ToPort: {port}, CidrIp: 0.0.0.0/0}}
    Outputs: {{Group: {{Value: !GetAtt Group.GroupId, Export: {{Name: group}}}}}}
"""
BALANCER = """
    Resources:
      Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {SecurityGroups: [!ImportValue group]}}
"""
SERVICE = """
    Resources:
      Instance: {Type: AWS::EC2::Instance, Properties: {SecurityGroupIds: [!ImportValue group]}}
"""


def opened(port, protocol="tcp"):
    return GROUP.format(port=port, protocol=protocol)


def database(properties, kind="AWS::RDS::DBInstance"):
    return f"Resources: {{Db: {{Type: '{kind}', Properties: {properties}}}}}"


def test_a_load_balancer_of_another_stack_may_take_https(judge):
    assert not judge("NET001", opened(443), BALANCER)


def test_an_instance_of_another_stack_may_not(judge):
    (found,) = judge("NET001", opened(443), SERVICE)
    assert found.message == "port 443 is open to everybody (0.0.0.0/0)"


def test_a_group_that_a_balancer_shares_with_an_instance_guards_the_instance(judge):
    assert judge("NET001", opened(443), BALANCER, SERVICE)


def test_plain_http_at_a_balancer_waits_for_its_listener(judge):
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html"""
    listener = """
      Listener:
        Type: AWS::ElasticLoadBalancingV2::Listener
        Properties: {{LoadBalancerArn: !Ref Balancer, Port: 80, DefaultActions: [{action}]}}
    """
    redirect = BALANCER.rstrip() + listener.format(action="{Type: redirect, RedirectConfig: {Protocol: HTTPS}}")
    same = BALANCER.rstrip() + listener.format(action="{Type: redirect, RedirectConfig: {Protocol: HTTP}}")
    forward = BALANCER.rstrip() + listener.format(action="{Type: forward}")
    assert not judge("NET001", opened(80), redirect)
    (found,) = judge("NET001", opened(80), same)
    assert found.fix.startswith("a listener at 443")
    assert judge("NET001", opened(80), forward)
    assert judge("NET001", opened(80), SERVICE)


def test_which_ports_may_be_open_is_a_setting(judge):
    assert judge("NET001", opened(8443), BALANCER)
    assert not judge("NET001", opened(8443), BALANCER, ports=[443, 8443])


def test_icmp_has_no_ports(judge):
    """https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"""
    assert not judge("NET001", opened(8, protocol="icmp"), SERVICE)
    assert judge("NET001", opened(8, protocol="udp"), SERVICE)


def test_a_database_of_a_stage_for_tests_has_to_be_encrypted_only(judge):
    text = database("{Engine: postgres}")
    (elsewhere,) = judge("NET002", text)
    assert elsewhere.message == "the database is not encrypted"
    (production,) = judge("NET002", text, production=True)
    assert production.message == (
        "the database is not encrypted, keeps backups for 1 day, has no deletion protection, lives in one zone"
    )


def test_new_aurora_clusters_are_encrypted_without_a_word(judge):
    """https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html"""
    cluster = "AWS::RDS::DBCluster"
    assert not judge("NET002", database("{Engine: aurora-postgresql}", cluster))
    assert judge("NET002", database("{Engine: aurora-postgresql, StorageEncrypted: false}", cluster))
    assert judge("NET002", database("{Engine: postgres}", cluster))


@pytest.mark.parametrize(("days", "words"), [(0, "keeps no backups"), (3, "keeps backups for 3 days")])
def test_how_long_backups_stay_is_a_setting(judge, days, words):
    kept = "Engine: postgres, StorageEncrypted: true, MultiAZ: true, DeletionProtection: true"
    text = database(f"{{{kept}, BackupRetentionPeriod: {days}}}")
    (found,) = judge("NET002", text, production=True)
    assert found.message == f"the database {words}"
    assert not judge("NET002", text, production=True, least_backup_days=days)


def test_a_cluster_of_one_instance_lives_in_one_zone(judge):
    cluster = database(
        "{StorageEncrypted: true, BackupRetentionPeriod: 7, DeletionProtection: true}", "AWS::DocDB::DBCluster"
    )
    instance = ", {name}: {{Type: AWS::DocDB::DBInstance, Properties: {{DBClusterIdentifier: !Ref Db}}}}"
    one = cluster[:-1] + instance.format(name="One") + "}"
    two = one[:-1] + instance.format(name="Two") + "}"
    assert not judge("NET002", cluster, production=True)
    assert [found.message for found in judge("NET002", one, production=True)] == ["the database has one instance"]
    assert not judge("NET002", two, production=True)
