"""Rules about buckets: severities, mends, several templates, and what AWS's pages say."""

from __future__ import annotations

import pytest

from cumulo.guidelines.edits import Put
from cumulo.guidelines.finding import Severity

PLAIN = "Resources: {Bucket: {Type: AWS::S3::Bucket}}"
REFUSING = (
    "{Effect: Deny, Principal: '*', Action: 's3:*', Resource: '*', Condition: {Bool: {'aws:SecureTransport': false}}}"
)


def bucket(properties):
    return f"Resources: {{Bucket: {{Type: AWS::S3::Bucket, Properties: {properties}}}}}"


def blocks(**changed):
    names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    stated = dict.fromkeys(names, "true") | changed
    written = ", ".join(f"{name}: {value}" for name, value in stated.items() if value is not None)
    return bucket(f"{{PublicAccessBlockConfiguration: {{{written}}}}}")


def policy(bucket_name, statement):
    document = f"{{Statement: [{statement}]}}"
    properties = f"{{Bucket: {bucket_name}, PolicyDocument: {document}}}"
    return f"Resources: {{Policy: {{Type: AWS::S3::BucketPolicy, Properties: {properties}}}}}"


def test_a_new_bucket_blocks_public_access_by_itself_so_that_silence_is_a_warning_only(judge):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html"""
    assert [found.severity for found in judge("S3001", PLAIN)] == [Severity.WARNING]
    assert [found.severity for found in judge("S3001", blocks(BlockPublicPolicy="false"))] == [Severity.ERROR]


def test_a_block_that_a_statement_leaves_out_is_off(judge):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html"""
    (found,) = judge("S3001", blocks(IgnorePublicAcls=None, RestrictPublicBuckets=None))
    assert found.message == "IgnorePublicAcls and RestrictPublicBuckets are off"
    assert found.severity is Severity.ERROR
    assert not found.edits


def test_unstated_blocks_are_mended_mechanically(judge):
    (found,) = judge("S3001", PLAIN)
    (edit,) = found.edits
    assert isinstance(edit, Put)
    assert edit.path == ("Resources", "Bucket", "Properties", "PublicAccessBlockConfiguration")
    assert set(edit.value.values()) == {True}
    assert len(edit.value) == 4


@pytest.mark.parametrize(
    "meant", ["{AccessControl: PublicRead}", "{WebsiteConfiguration: {IndexDocument: index.html}}"]
)
def test_a_bucket_that_is_meant_to_be_public_is_not_closed_mechanically(judge, meant):
    (found,) = judge("S3001", bucket(meant))
    assert not found.edits


def test_a_bucket_that_another_stack_opens_is_not_closed_mechanically(judge):
    opening = policy("photos", "{Effect: Allow, Principal: '*', Action: 's3:GetObject', Resource: '*'}")
    (found,) = judge("S3001", bucket("{BucketName: photos}"), opening)
    assert not found.edits


def test_every_bucket_encrypts_so_that_silence_is_an_information_only(judge):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html"""
    (found,) = judge("S3002", PLAIN)
    assert found.severity is Severity.INFO
    assert found.edits[0].value == {
        "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    }


def test_kms_without_a_bucket_key_is_a_warning(judge):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html"""
    rule = "{ServerSideEncryptionByDefault: {SSEAlgorithm: 'aws:kms'}}"
    (found,) = judge("S3002", bucket(f"{{BucketEncryption: {{ServerSideEncryptionConfiguration: [{rule}]}}}}"))
    assert found.severity is Severity.WARNING
    assert not found.edits


def test_what_a_branch_says_is_not_written_over(judge):
    text = """
        Parameters: {Stage: {Type: String}}
        Conditions: {IsProd: !Equals [!Ref Stage, prod]}
        Resources:
          Bucket:
            Type: AWS::S3::Bucket
            Properties: {PublicAccessBlockConfiguration: !If [IsProd, {}, !Ref AWS::NoValue]}
    """
    assert [found.edits for found in judge("S3001", text)] == [(), ()]


def test_a_log_bucket_of_another_stack_needs_no_versions(judge):
    source = """
        Resources:
          Source:
            Type: AWS::S3::Bucket
            Properties:
              VersioningConfiguration: {Status: Enabled}
              LoggingConfiguration: {DestinationBucketName: !ImportValue logs}
    """
    logs = "{Resources: {Logs: {Type: AWS::S3::Bucket}}, Outputs: {Logs: {Value: !Ref Logs, Export: {Name: logs}}}}"
    assert [found.subject for found in judge("S3003", source, logs, production=True)] == []
    assert len(judge("S3003", logs, production=True)) == 1


def test_the_lifecycle_fix_holds_only_what_is_missing(judge):
    rules = "{Rules: [{Status: Enabled, ExpirationInDays: 9}]}"
    (found,) = judge("S3004", bucket(f"{{LifecycleConfiguration: {rules}}}"))
    assert found.message == "nothing ever aborts unfinished uploads"
    assert "AbortIncompleteMultipartUpload" in found.fix
    assert "ExpirationInDays" not in found.fix


def test_any_origin_is_an_error_in_production_only(judge):
    text = bucket("{CorsConfiguration: {CorsRules: [{AllowedMethods: [PUT], AllowedOrigins: ['*']}]}}")
    assert [found.severity for found in judge("S3005", text, production=True)] == [Severity.ERROR]
    assert [found.severity for found in judge("S3005", text)] == [Severity.INFO]


def test_the_policy_may_be_in_another_stack(judge):
    exporting = (
        "{Resources: {Bucket: {Type: AWS::S3::Bucket}}, Outputs: {Name: {Value: !Ref Bucket, Export: {Name: bucket}}}}"
    )
    assert not judge("S3006", exporting, policy("!ImportValue bucket", REFUSING))
    assert judge("S3006", exporting, policy("!ImportValue bucket", REFUSING.replace("Deny", "Allow")))


def test_a_policy_of_an_unknown_bucket_may_be_of_any(judge):
    assert not judge("S3006", PLAIN, policy("!ImportValue of-somebody-else", REFUSING))
    assert judge("S3006", PLAIN, policy("of-somebody-else", REFUSING))


def test_unknown_parts_of_names_mean_the_same_in_one_template_only(judge):
    name = '!Sub "${AWS::StackName}-photos"'
    assert not judge("S3006", bucket(f"{{BucketName: {name}}}"), policy(name, REFUSING))
    named = f"Bucket: {{Type: AWS::S3::Bucket, Properties: {{BucketName: {name}}}}}"
    together = policy(name, REFUSING).replace("{Policy", f"{{{named}, Policy")
    other = "Resources: {Other: {Type: AWS::S3::Bucket}}"
    assert [found.subject for found in judge("S3006", together, other)] == ["stack2/Other"]


def test_the_fix_names_the_bucket(judge):
    (found,) = judge("S3006", PLAIN.replace("Bucket:", "Photos:"))
    assert "!GetAtt Photos.Arn" in found.fix


def test_a_bucket_without_a_policy_is_given_a_whole_one(judge):
    (found,) = judge("S3006", PLAIN)
    assert found.fix.startswith("Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref Bucket, PolicyDocument: ")
    allowing = f"{{Bucket: !Ref Bucket, PolicyDocument: {{Statement: [{REFUSING.replace('Deny', 'Allow')}]}}}}"
    other = f"Policy: {{Type: AWS::S3::BucketPolicy, Properties: {allowing}}}"
    (found,) = judge("S3006", f"Resources: {{Bucket: {{Type: AWS::S3::Bucket}}, {other}}}")
    assert found.fix.startswith("a statement of its policy: {Effect: Deny")


def test_a_website_is_told_what_keeps_it_readable(judge):
    (found,) = judge(
        "S3001", bucket("{WebsiteConfiguration: {}, PublicAccessBlockConfiguration: {BlockPublicAcls: true}}")
    )
    assert "OriginAccessControl" in found.fix


def test_the_name_fix_keeps_the_name(judge):
    (found,) = judge("S3007", bucket("{BucketName: photos}"))
    assert found.fix == 'BucketName: !Sub "photos-${AWS::AccountId}"'


def test_a_name_of_a_stack_is_shown_as_it_is_written(judge):
    (found,) = judge("S3007", bucket("{BucketName: !Sub '${AWS::StackName}-photos'}"))
    assert "${AWS::StackName}-photos" in found.message


def test_the_buckets_of_deployment_tools_are_left_alone(judge):
    serverless = PLAIN.replace("Bucket:", "ServerlessDeploymentBucket:")
    for rule in ("S3001", "S3002", "S3003", "S3004", "S3006"):
        assert not judge(rule, serverless, production=True)
        assert judge(rule, PLAIN.replace("Bucket:", "StagingBucket:"), production=True)
