"""Rules about alarms: several templates, settings, and what AWS's pages say."""

from __future__ import annotations

import pytest

FUNCTION = """
    Resources:
      Function: {Type: AWS::Lambda::Function}
    Outputs:
      Name: {Value: !Ref Function, Export: {Name: function}}
"""
ALARM = """
    Parameters: {{Name: {{Type: String}}}}
    Resources:
      Alarm: {{Type: AWS::CloudWatch::Alarm, Properties: {properties}}}
"""
QUERY = "{{Metrics: [{{Id: q, Expression: '{text}', Period: 60}}]}}"


def alarm(properties):
    return ALARM.format(properties=properties)


def of_function(value):
    return alarm(f"{{Namespace: AWS/Lambda, MetricName: Errors, Dimensions: [{{Name: FunctionName, Value: {value}}}]}}")


@pytest.mark.parametrize("value", ["!ImportValue function", "!Ref Name", "!ImportValue unknown"])
def test_an_alarm_of_another_stack_counts_and_so_does_one_that_nobody_knows(judge, value):
    assert judge("OBS001", FUNCTION, "Resources: {}", production=True)
    assert not judge("OBS001", FUNCTION, of_function(value), production=True)


def test_what_a_template_alone_exports_may_be_watched_by_one_that_is_not_at_hand(judge):
    assert not judge("OBS001", FUNCTION, production=True)
    assert not judge("OBS003", FUNCTION, production=True)


def test_functions_that_the_cdk_adds_for_its_own_use_are_left_alone(judge):
    handler = "CustomS3AutoDeleteObjectsCustomResourceProviderHandler9D90184F"
    assert not judge("OBS001", f"Resources: {{{handler}: {{Type: AWS::Lambda::Function}}}}", production=True)


def test_an_alarm_on_another_function_does_not_count(judge):
    (found,) = judge("OBS001", FUNCTION, of_function("another"), production=True)
    assert found.message == "no alarm watches the errors of Function"


def test_lambda_measures_errors_over_all_functions_without_a_dimension(judge):
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html."""
    assert not judge("OBS001", FUNCTION, alarm("{Namespace: AWS/Lambda, MetricName: Errors}"), production=True)
    assert judge("OBS001", FUNCTION, alarm("{Namespace: AWS/Lambda, MetricName: Invocations}"), production=True)


@pytest.mark.parametrize(
    "text",
    [
        'SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", FunctionName)',
        'SELECT MAX("Errors") FROM "AWS/Lambda" GROUP BY FunctionName',
    ],
)
def test_a_metrics_insights_query_watches_every_function(judge, text):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Metrics_Insights_Alarm.html."""
    assert not judge("OBS001", FUNCTION, alarm(QUERY.format(text=text)), production=True)


def test_a_query_of_another_metric_watches_nothing_here(judge):
    other = QUERY.format(text='SELECT SUM(Invocations) FROM SCHEMA("AWS/Lambda", FunctionName)')
    assert judge("OBS001", FUNCTION, alarm(other), production=True)


API = """
    Resources:
      Api: {{Type: AWS::ApiGatewayV2::Api, Properties: {{ProtocolType: HTTP}}}}
      Failing:
        Type: AWS::CloudWatch::Alarm
        Properties: {{Namespace: AWS/ApiGateway, MetricName: 5xx, Dimensions: [{{Name: ApiId, Value: !Ref Api}}]}}
      Slow:
        Type: AWS::CloudWatch::Alarm
        Properties:
          Namespace: AWS/ApiGateway
          MetricName: Latency
          Dimensions: [{{Name: ApiId, Value: !Ref Api}}]
          {statistic}
"""


@pytest.mark.parametrize(
    "statistic", ["ExtendedStatistic: p99", "ExtendedStatistic: p95", "Statistic: Maximum", "ExtendedStatistic: tm99"]
)
def test_what_shows_the_slow_requests_is_enough(judge, statistic):
    assert not judge("OBS002", API.format(statistic=statistic), production=True)


@pytest.mark.parametrize("statistic", ["Statistic: Average", "ExtendedStatistic: p50"])
def test_the_average_and_the_median_hide_the_slow_requests(judge, statistic):
    (found,) = judge("OBS002", API.format(statistic=statistic), production=True)
    looked_at = statistic.split()[1]
    assert found.message == f"no alarm watches the Latency at p99 of Api: Slow looks at its {looked_at}"


def test_the_least_percentile_is_a_setting(judge):
    text = API.format(statistic="ExtendedStatistic: p95")
    assert judge("OBS002", text, production=True, least_percentile=99)


def test_throttles_are_told_once_for_a_stack(judge):
    functions = "".join(f"  F{number}: {{Type: AWS::Lambda::Function}}\n" for number in range(5))
    (found,) = judge("OBS003", f"Resources:\n{functions}", production=True)
    assert found.message == "no alarm watches the throttles of F0, F1, F2 and 2 more"


def test_both_consumers_of_a_queue_are_named(judge):
    (found,) = judge(
        "OBS003",
        """
        Resources:
          Queue: {Type: AWS::SQS::Queue}
          Work:
            Type: AWS::Lambda::EventSourceMapping
            Properties: {EventSourceArn: !GetAtt Queue.Arn, FunctionName: a}
          More:
            Type: AWS::Lambda::EventSourceMapping
            Properties: {EventSourceArn: !GetAtt Queue.Arn, FunctionName: !Ref F}
          F: {Type: AWS::Lambda::Function}
          Throttles: {Type: AWS::CloudWatch::Alarm, Properties: {Namespace: AWS/Lambda, MetricName: Throttles}}
        """,
        production=True,
    )
    assert found.message.endswith("wait for F and its consumer")


def test_a_rule_for_all_alarm_state_changes_hears_every_alarm(judge):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html."""
    text = """
        Resources:
          Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {}}
          Rule: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [SOURCE]}}}
    """
    assert not judge("OBS004", text.replace("SOURCE", "aws.cloudwatch"), production=True)
    assert judge("OBS004", text.replace("SOURCE", "aws.s3"), production=True)


def test_an_alarm_in_a_composite_alarm_of_another_stack_reaches_somebody(judge):
    alarms = """
        Parameters: {Stage: {Type: String}}
        Resources:
          Slow: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmName: !Sub "shop-${Stage}-slow"}}
          Lost: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmName: !Sub "shop-${Stage}-lost"}}
    """
    composite = """
        Parameters: {Stage: {Type: String}, Topic: {Type: String}}
        Resources:
          All:
            Type: AWS::CloudWatch::CompositeAlarm
            Properties: {AlarmActions: [!Ref Topic], AlarmRule: !Sub "ALARM(shop-${Stage}-slow)"}
    """
    assert [f.subject for f in judge("OBS004", alarms, composite, production=True)] == ["stack1/Lost"]


def test_a_rule_of_a_composite_alarm_that_nobody_knows_may_name_every_alarm(judge):
    text = """
        Parameters: {Rule: {Type: String}}
        Resources:
          Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {}}
          All: {Type: AWS::CloudWatch::CompositeAlarm, Properties: {AlarmActions: [x], AlarmRule: !Ref Rule}}
    """
    assert not judge("OBS004", text, production=True)


def test_messages_sent_does_not_count_what_sqs_moves(judge):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html."""
    (found,) = judge(
        "SQS006",
        """
        Resources:
          Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
          Queue: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn}}}
          Alarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              Namespace: AWS/SQS
              MetricName: NumberOfMessagesSent
              Dimensions: [{Name: QueueName, Value: dead}]
        """,
        production=True,
    )
    assert found.message == ("Alarm watches NumberOfMessagesSent, which does not count what is moved here from Queue")
    assert found.fix == "MetricName: ApproximateNumberOfMessagesVisible"


def test_dead_letters_are_named_after_the_function_that_failed(judge):
    (found,) = judge(
        "SQS006",
        """
        Resources:
          Dead: {Type: AWS::SQS::Queue}
          Function: {Type: AWS::Lambda::Function}
          Events:
            Type: AWS::Lambda::EventInvokeConfig
            Properties: {FunctionName: !Ref Function, DestinationConfig: {OnFailure: {Destination: !GetAtt Dead.Arn}}}
        """,
        production=True,
    )
    assert found.message == "no alarm watches what fails in Function and lands here"
