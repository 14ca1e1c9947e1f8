import json

from cumulo.runtime import linked


def test_a_secret_is_read_once_and_again_on_demand(cloud, monkeypatch):
    manager = cloud.client("secretsmanager")
    arn = manager.create_secret(Name="shop-test-api-key", SecretString="first")["ARN"]
    monkeypatch.setenv("API_KEY_SECRET_ARN", arn)
    secret = linked.secret("api-key")
    assert secret.value() == "first"
    manager.put_secret_value(SecretId=arn, SecretString="second")
    assert secret.value() == "first"
    assert linked.secret("api-key").value() == "first"
    assert secret.value(refresh=True) == "second"


def test_a_parameter_is_read_once_and_again_on_demand(cloud, monkeypatch):
    store = cloud.client("ssm")
    store.put_parameter(Name="shop-test-limits", Value="1", Type="String")
    monkeypatch.setenv("LIMITS_PARAMETER_NAME", "shop-test-limits")
    parameter = linked.parameter("limits")
    assert parameter.value() == "1"
    store.put_parameter(Name="shop-test-limits", Value="2", Type="String", Overwrite=True)
    assert (parameter.value(), parameter.value(refresh=True)) == ("1", "2")


def test_a_queue_and_a_topic_get_text_as_it_is_and_the_rest_as_json(cloud, monkeypatch):
    sqs, sns = cloud.client("sqs"), cloud.client("sns")
    url = sqs.create_queue(QueueName="shop-test-orders")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic_arn = sns.create_topic(Name="shop-test-alerts")["TopicArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**allow, "Resource": queue_arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
    monkeypatch.setenv("ORDERS_QUEUE_URL", url)
    monkeypatch.setenv("ALERTS_TOPIC_ARN", topic_arn)

    assert linked.queue("orders").send("text")
    assert linked.queue("orders").send({"id": 7})
    assert linked.topic("alerts").publish({"alert": 1}, subject="Alert", attributes={"kind": "test"})

    bodies = []
    while answer := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in answer:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert sorted(bodies) == sorted(["text", '{"id":7}', json.dumps({"alert": 1}, separators=(",", ":"))])
