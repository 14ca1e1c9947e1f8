from cumulo.cli import dev
from cumulo.local.journal import Entry


def request(status: int) -> Entry:
    return Entry(0.0, "request", "api", f"GET / {status}", data={"status": status, "latency_ms": 1.0})


def test_a_few_requests_are_all_shown() -> None:
    entries = [request(200)] * dev.MOST_REQUESTS
    assert dev._few(entries, ()) == (entries, 0)


def test_under_load_requests_that_went_well_are_counted_and_all_else_is_shown() -> None:
    line = Entry(0.0, "log", "create", "stored")
    entries = [*[request(200)] * (dev.MOST_REQUESTS + 5), request(404), line, request(500), request(201)]
    kept, more = dev._few(entries, ())
    assert more == 6
    assert kept == [*[request(200)] * dev.MOST_REQUESTS, request(404), line, request(500)]


def test_what_another_line_says_is_left_out() -> None:
    failed = Entry(0.0, "invocation", "create", "failed", data={"status": "error"})
    entries = [
        Entry(0.0, "invocation", "create", "ok", data={"status": "ok"}),
        Entry(0.0, "log", "api", "an access log line"),
        Entry(0.0, "metric", "create", "orders=1"),
        Entry(0.0, "import", "boto3", "imported in 80 ms"),
        failed,
    ]
    assert dev._few(entries, {"api"}) == ([failed], 0)
