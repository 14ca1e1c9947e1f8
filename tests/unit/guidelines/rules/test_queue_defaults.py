"""Rules about what a queue gets when its template says nothing, or too little."""

from __future__ import annotations

from cumulo.guidelines.finding import Severity

DEAD = """
    Resources:
      Queue:
        Type: AWS::SQS::Queue
        Properties:
          MessageRetentionPeriod: {retention}
          RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}}
      Dead: {{Type: AWS::SQS::Queue}}
"""


def queue(properties):
    return f"Resources: {{Queue: {{Type: AWS::SQS::Queue, Properties: {properties}}}}}"


def test_long_polling_is_mended_mechanically_where_nothing_is_said(judge):
    (found,) = judge("SQS003", queue("{}"))
    assert [(edit.path[-1], edit.value) for edit in found.edits] == [("ReceiveMessageWaitTimeSeconds", 20)]
    (found,) = judge("SQS003", queue("{ReceiveMessageWaitTimeSeconds: 0}"))
    assert not found.edits


def test_how_long_a_receive_waits_is_a_setting(judge):
    assert judge("SQS003", queue("{ReceiveMessageWaitTimeSeconds: 10}"))
    assert not judge("SQS003", queue("{ReceiveMessageWaitTimeSeconds: 10}"), least=10)


def test_lambda_polls_long_whatever_the_queue_says(judge):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""
    exporting = """
        Resources: {Queue: {Type: AWS::SQS::Queue}}
        Outputs: {Arn: {Value: !GetAtt Queue.Arn, Export: {Name: queue}}}
    """
    consuming = """
        Resources:
          Function: {Type: AWS::Lambda::Function}
          Mapping:
            Type: AWS::Lambda::EventSourceMapping
            Properties: {EventSourceArn: !ImportValue queue, FunctionName: !Ref Function}
    """
    assert not judge("SQS003", exporting), "the consumer may stand in a template that is not at hand"
    assert not judge("SQS003", exporting, consuming)


def test_a_mapping_of_an_unknown_source_may_consume_any_queue(judge):
    consuming = (
        "Resources: {Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !ImportValue x}}}"
    )
    assert not judge("SQS003", queue("{}"), consuming)


def test_a_message_is_kept_for_four_days_by_default(judge):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    assert not judge("SQS004", DEAD.format(retention=345600))
    (found,) = judge("SQS004", DEAD.format(retention=345601))
    assert found.subject == "stack1/Dead"
    assert [(edit.path[-1], edit.value) for edit in found.edits] == [("MessageRetentionPeriod", 1209600)]


def test_a_message_of_a_fifo_queue_begins_a_new_life_among_the_dead_letters(judge):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html"""
    text = DEAD.format(retention=1209600)
    fifo = "Dead: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}"
    assert judge("SQS004", text)
    assert not judge("SQS004", text.replace("Dead: {Type: AWS::SQS::Queue}", fifo))


def test_retentions_are_told_in_the_largest_unit(judge):
    text = DEAD.format(retention=1209600)
    (found,) = judge(
        "SQS004",
        text.replace(
            "Dead: {Type: AWS::SQS::Queue}", "Dead: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 3600}}"
        ),
    )
    assert found.message == "it keeps messages for 1 hour, but Queue keeps them for 14 days"
    (found,) = judge(
        "SQS004",
        text.replace(
            "Dead: {Type: AWS::SQS::Queue}", "Dead: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 60}}"
        ),
    )
    assert found.message == "it keeps messages for 60 s, but Queue keeps them for 14 days"


def test_a_new_queue_is_encrypted_so_that_silence_is_an_information_only(judge):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html"""
    (found,) = judge("SQS005", queue("{}"))
    assert found.severity is Severity.INFO
    assert [(edit.path[-1], edit.value) for edit in found.edits] == [("SqsManagedSseEnabled", True)]
    (found,) = judge("SQS005", queue("{SqsManagedSseEnabled: false}"))
    assert found.severity is Severity.WARNING
    assert not found.edits
