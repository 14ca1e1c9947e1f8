import pytest

from cumulo import App, CumuloError, Function, Queue, Stack, Stage, days, seconds


@pytest.fixture
def worker(stack) -> Function:
    return Function(stack, "work", handler="functions.a.work", timeout=seconds(20))


def test_a_queue_has_a_dead_letter_queue_that_keeps_longer(stack, resources) -> None:
    Queue(stack, "jobs")
    made = resources(stack)
    queue, dead = made["JobsQueue"]["Properties"], made["JobsDeadLetters"]["Properties"]
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["JobsDeadLetters", "Arn"]},
        "maxReceiveCount": 5,
    }
    assert dead["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]
    assert queue["SqsManagedSseEnabled"] is dead["SqsManagedSseEnabled"] is True
    assert queue["ReceiveMessageWaitTimeSeconds"] == 20


def test_a_consumer_reports_partial_failures_and_sets_the_visibility(stack, resources, worker) -> None:
    Queue(stack, "jobs").consume(worker, batch_size=100, window=seconds(2), concurrency=3)
    made = resources(stack)
    mapping = made["WorkFromJobs"]["Properties"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert (mapping["BatchSize"], mapping["MaximumBatchingWindowInSeconds"]) == (100, 2)
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 3}
    assert made["JobsQueue"]["Properties"]["VisibilityTimeout"] == 120


def test_the_consumers_role_may_receive_and_delete_but_not_send(stack, resources, worker) -> None:
    Queue(stack, "jobs").consume(worker)
    document = resources(stack)["WorkRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    granted = [s["Action"] for s in document["Statement"] if s["Resource"] == {"Fn::GetAtt": ["JobsQueue", "Arn"]}]
    assert granted == [
        ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    ]


def test_a_visibility_shorter_than_the_consumers_timeout_is_refused(stack, worker) -> None:
    with pytest.raises(CumuloError, match="the visibility timeout of 10 s is shorter than the 20 s"):
        Queue(stack, "jobs", visibility=seconds(10)).consume(worker)


@pytest.mark.parametrize("wrong", [{"batch_size": 11}, {"batch_size": 0}, {"window": seconds(301)}, {"concurrency": 1}])
def test_numbers_out_of_range_are_refused(stack, worker, wrong) -> None:
    with pytest.raises(CumuloError):
        Queue(stack, "jobs").consume(worker, **wrong)


@pytest.mark.parametrize("wrong", [{"retention": days(15)}, {"visibility": days(1)}, {"tries": 0}])
def test_a_queue_out_of_range_is_refused(stack, wrong) -> None:
    with pytest.raises(CumuloError):
        Queue(stack, "jobs", **wrong)


def test_a_consumer_of_another_stack_imports_the_queue(resources) -> None:
    app = App("shop", Stage("dev"))
    data, work = Stack(app, "data"), Stack(app, "work")
    worker = Function(work, "work", handler="functions.a.work")
    Queue(data, "jobs").consume(worker)
    mapping = resources(work)["WorkFromJobs"]["Properties"]
    assert mapping["EventSourceArn"] == {"Fn::ImportValue": "shop-dev-data:JobsQueueArn"}
    assert work.dependencies == {"data"}


def test_without_a_dead_letter_queue_there_is_nothing_to_watch(stack) -> None:
    with pytest.raises(CumuloError, match="there is no dead-letter queue"):
        Queue(stack, "jobs", tries=None).dead()
