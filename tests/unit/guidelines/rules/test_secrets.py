"""Rules about secrets: what --fix writes, severities."""

from __future__ import annotations

from cumulo.guidelines.edits import Put
from cumulo.guidelines.finding import Severity


def test_a_shown_parameter_is_hidden_by_no_echo(judge, tmp_path):
    (found,) = judge("SEC002", "Parameters: {DbPassword: {Type: String}}\nResources: {}")
    assert found.edits == (Put(str(tmp_path / "stack1.yaml"), ("Parameters", "DbPassword", "NoEcho"), True),)
    assert found.subject == "stack1/DbPassword"


def test_a_password_that_is_written_out_is_an_error_and_is_not_shown(judge):
    (found,) = judge(
        "SEC002",
        """
        Resources:
          Database: {Type: AWS::RDS::DBInstance, Properties: {MasterUserPassword: correct-horse}}
        """,
    )
    assert found.severity is Severity.ERROR
    assert "correct-horse" not in repr(found)


def test_a_rotation_of_an_unknown_secret_may_be_for_any(judge):
    text = """
        Parameters: {Rotated: {Type: String}}
        Resources:
          Secret: {Type: AWS::SecretsManager::Secret}
          Attachment: {Type: AWS::SecretsManager::SecretTargetAttachment, Properties: {SecretId: !Ref Secret}}
          Schedule:
            Type: AWS::SecretsManager::RotationSchedule
            Properties: {SecretId: SECRET, RotationRules: {AutomaticallyAfterDays: 30}}
    """
    assert not judge("SEC003", text.replace("SECRET", "!Ref Rotated"))
    assert not judge("SEC003", text.replace("SECRET", "!Ref Attachment"))
