"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html."""

from hypothesis import given
from hypothesis import strategies as st

from cumulo.local.http_api.throttle import Limit, TokenBucket

from ._api import Clock, gateway, world


@given(
    st.floats(0.1, 100),
    st.integers(0, 20),
    st.lists(st.floats(-0.5, 2), max_size=60),
)
def test_never_more_than_the_burst_and_the_rate_allow(rate, burst, steps):
    bucket, time, taken, elapsed = TokenBucket(Limit(rate, burst)), 1000.0, 0, 0.0
    for step in steps:
        time += step  # A clock may be set back: that must neither add tokens nor break anything.
        elapsed += max(step, 0)
        taken += bucket.take(time)
    assert taken <= burst + rate * elapsed + 1e-6


def test_tokens_come_back_at_the_rate():
    bucket = TokenBucket(Limit(rate=2, burst=2))
    assert [bucket.take(0), bucket.take(0), bucket.take(0)] == [True, True, False]
    assert [bucket.take(0.5), bucket.take(0.5)] == [True, False]
    assert [bucket.take(100), bucket.take(100), bucket.take(100)] == [True, True, False]


async def test_default_route_settings_throttle_each_route():
    clock = Clock()
    stage = {"DefaultRouteSettings": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 1}}
    api = gateway(world({"GET /a": "f", "GET /b": "f"}, stage=stage), clock, f=lambda event: "ok")
    assert [(await api.call("GET", "/a")).status for _ in range(2)] == [200, 429]
    assert (await api.call("GET", "/b")).status == 200
    clock.time += 1
    assert (await api.call("GET", "/a")).status == 200


async def test_route_settings_override_the_default():
    stage = {
        "DefaultRouteSettings": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 1},
        "RouteSettings": {"GET /b": {"ThrottlingBurstLimit": 3, "ThrottlingRateLimit": 1}},
    }
    api = gateway(world({"GET /a": "f", "GET /b": "f"}, stage=stage), f=lambda event: "ok")
    assert [(await api.call("GET", "/b")).status for _ in range(4)] == [200, 200, 200, 429]


async def test_a_throttled_request_gets_429_and_does_not_reach_the_function():
    stage = {"DefaultRouteSettings": {"ThrottlingBurstLimit": 0, "ThrottlingRateLimit": 0}}
    api = gateway(world({"GET /a": "f"}, stage=stage), f=lambda event: "ok")
    answer = await api.call("GET", "/a")
    assert (answer.status, answer.json(), api.functions.calls) == (429, {"message": "Too Many Requests"}, [])


async def test_without_settings_nothing_is_throttled():
    api = gateway(world({"GET /a": "f"}), f=lambda event: "ok")
    assert {(await api.call("GET", "/a")).status for _ in range(50)} == {200}
