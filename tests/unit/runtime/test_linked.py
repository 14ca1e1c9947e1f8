import pytest

from cumulo.runtime import linked
from cumulo.runtime.errors import MissingLinkError


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """An environment as Lambda makes it, with nothing cached."""
    caches = [linked.table, linked.bucket, linked.queue, linked.topic, linked.secret, linked.parameter, linked.client]
    caches += [linked._secrets, linked._parameters, linked.email, linked.user_pool]
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.mark.parametrize(
    ("name", "variable"), [("items", "ITEMS_TABLE_NAME"), ("table", "TABLE_NAME"), ("my-table", "MY_TABLE_NAME")]
)
def test_a_table_is_found_by_the_variable_its_link_sets(monkeypatch, name, variable):
    monkeypatch.setenv(variable, "items-dev-items")
    assert linked.table(name).name == "items-dev-items"
    assert linked.table(name) is linked.table(name)


def test_every_kind_reads_its_own_variable(monkeypatch):
    monkeypatch.setenv("ORDERS_QUEUE_URL", "https://queue")
    monkeypatch.setenv("API_KEY_SECRET_ARN", "arn:secret")
    monkeypatch.setenv("LIMITS_PARAMETER_NAME", "limits")
    monkeypatch.setenv("ALERTS_TOPIC_ARN", "arn:topic")
    monkeypatch.setenv("PHOTOS_BUCKET_NAME", "shop-dev-photos-123456789012")
    monkeypatch.setenv("SENDER_EMAIL_ADDRESS", "hello@example.com")
    monkeypatch.setenv("USERS_POOL_ID", "eu-west-1_Abc")
    assert linked.email("sender").address == "hello@example.com"
    assert linked.user_pool("users").id == "eu-west-1_Abc"
    assert linked.queue("orders").url == "https://queue"
    assert linked.secret("api-key").arn == "arn:secret"
    assert linked.parameter("limits").name == "limits"
    assert linked.topic("alerts").arn == "arn:topic"
    assert linked.bucket("photos").name == "shop-dev-photos-123456789012"


@pytest.mark.parametrize("kind", ["table", "bucket", "queue", "secret", "parameter", "topic", "email", "pool"])
def test_a_missing_link_says_which_link_to_add(kind):
    accessor = {
        "table": linked.table,
        "bucket": linked.bucket,
        "queue": linked.queue,
        "secret": linked.secret,
        "parameter": linked.parameter,
        "topic": linked.topic,
        "email": linked.email,
        "pool": linked.user_pool,
    }[kind]
    with pytest.raises(MissingLinkError, match=rf"not linked to the {kind} 'stock'.*add the {kind}"):
        accessor("stock")


def test_clients_give_up_before_a_function_does():
    config = linked.client("dynamodb").meta.config
    assert (config.connect_timeout + config.read_timeout) * config.retries["total_max_attempts"] <= 30
