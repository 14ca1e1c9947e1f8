"""The function host against real worker processes: results, errors and logs as Lambda gives them."""

import asyncio
import gc
import json
import weakref
from pathlib import Path

import pytest
from tests.integration.local._functions import Lab, call

from cumulo.local.invoking import RequestTooLargeError, TooManyRequestsError, UnknownFunctionError


@pytest.fixture
async def lab(tmp_path):
    lab = Lab(tmp_path)
    yield lab
    await lab.stop()


async def test_an_event_goes_in_and_the_answer_comes_back(lab):
    host = await lab.run("def handler(event, context): return {'got': event, 'é': '\\u2028😀'}")
    result, answer = await call(host, {"a": [1, None, "ü"]})
    assert answer == {"got": {"a": [1, None, "ü"]}, "é": "\u2028😀"}
    assert result.error is None
    [entry] = lab.recording.invocations()
    assert entry.request_id == result.request_id
    assert entry.data["status"] == "ok"
    assert entry.data["init_ms"] > 0
    assert entry.data["max_memory_mb"] > 5
    assert entry.data["billed_ms"] >= entry.data["duration_ms"]


async def test_context_of_the_invocation(lab):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""
    host = await lab.run(
        """
        def handler(event, context):
            return [context.function_name, context.memory_limit_in_mb, context.invoked_function_arn,
                    context.aws_request_id, context.get_remaining_time_in_millis(), os.environ["_X_AMZN_TRACE_ID"],
                    context.log_group_name]
        """,
        Timeout=20,
        MemorySize=512,
    )
    result, (name, memory, arn, request_id, remaining, trace, group) = await call(host, function="f:live")
    assert (name, memory, group) == ("f", "512", "/aws/lambda/f")
    assert arn == "arn:aws:lambda:eu-west-1:123456789012:function:f:live"
    assert request_id == result.request_id
    assert 10_000 < remaining <= 20_000
    assert trace.startswith("Root=1-")


async def test_only_documented_variables_reach_the_function(lab, monkeypatch):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    monkeypatch.setenv("HOST_SECRET", "x")
    host = await lab.run(
        """
        def pipes():
            links = (os.readlink(f"/proc/self/fd/{fd}") for fd in (1, 2, 3))
            return len(set(links))

        def handler(event, context):
            child = subprocess.run([sys.executable, "-c", "import os; print(sorted(os.environ))"],
                                   capture_output=True, text=True).stdout
            return {"env": dict(os.environ), "cwd": os.getcwd(), "path": sys.path[0], "child": child,
                    "pipes": pipes(),
                    "stdin": sys.stdin.read(),
                    "utf8": sys.flags.utf8_mode, "tz": time.tzname[0], "main": sys.argv}
        """,
        Environment={"Variables": {"OWN": "1"}},
        Timeout=20,
    )
    _, seen = await call(host)
    environment = seen["env"]
    assert environment.pop("OWN") == "1"
    assert environment["AWS_ACCESS_KEY_ID"] == "key-role"
    assert not [key for key in environment if key.startswith("PYTHON") or key in ("HOME", "HOST_SECRET", "USER")]
    assert "HOST_SECRET" not in seen["child"]
    assert seen["cwd"] == seen["path"] == environment["LAMBDA_TASK_ROOT"] == str(lab.project)
    assert seen["pipes"] == 1
    assert (seen["stdin"], seen["tz"]) == ("", "UTC")


async def test_handler_exception(lab):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""
    host = await lab.run("def handler(event, context): raise ValueError('no')")
    result, error = await call(host)
    assert result.error == "Unhandled"
    assert (error["errorMessage"], error["errorType"]) == ("no", "ValueError")
    assert error["requestId"] == result.request_id
    assert "in handler" in error["stackTrace"][0]
    first = host.status()["f"].pids
    await call(host)
    assert host.status()["f"].pids == first  # an exception leaves the environment as it is
    logged = lab.recording.texts(request_id=result.request_id)
    assert len(logged) == 1
    assert logged[0].startswith("[ERROR] ValueError: no\nTraceback (most recent call last):\n  File ")
    assert lab.recording.texts("invocation")[0] == "failed: ValueError"  # said once


@pytest.mark.parametrize(
    ("source", "handler", "error_type"),
    [
        ("import missing_module", "app.handler", "Runtime.ImportModuleError"),
        ("def (", "app.handler", "Runtime.UserCodeSyntaxError"),
        ("x = 1", "app.handler", "Runtime.HandlerNotFound"),
        ("x = 1", "nowhere.handler", "Runtime.ImportModuleError"),
        ("x = 1", "nodot", "Runtime.MalformedHandlerName"),
        ("1 / 0", "app.handler", "ZeroDivisionError"),
        ("def handler(e, c): return object()", "app.handler", "Runtime.MarshalError"),
        ("import datetime\ndef handler(e, c): return datetime.date.today()", "app.handler", "Runtime.MarshalError"),
        ("def handler(e, c): return {'a': {1}}", "app.handler", "Runtime.MarshalError"),
    ],
)
async def test_errors_of_the_runtime(lab, source, handler, error_type):
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html"""
    lab.write(source)
    host = await lab.run(Handler=handler)
    result, error = await call(host)
    assert (result.error, error["errorType"]) == ("Unhandled", error_type)
    assert lab.recording.invocations()[0].data["error"] == error_type


@pytest.mark.parametrize("source", ["import missing_module", "def (", "x = 1"])
async def test_an_error_of_the_init_phase_is_said_once(lab, source):
    host = await lab.run(source)
    _, error = await call(host)
    [text] = lab.recording.texts()
    assert text.startswith(f"[ERROR] {error['errorType']}: {error['errorMessage']}")
    assert not text.endswith("Traceback (most recent call last):")
    assert "\u00a0" not in text
    assert lab.recording.texts("invocation") == [f"failed: {error['errorType']}"]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("os._exit(1)", "Runtime exited with error: exit status 1"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "Runtime exited with error: signal: killed"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "Runtime exited with error: signal: terminated"),
    ],
)
@pytest.mark.parametrize("phase", ["init", "invoke"])
async def test_a_runtime_that_exits(lab, statement, reason, phase):
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: failures."""
    if phase == "init":
        lab.write(f"print('before')\n{statement}\ndef handler(e, c): pass")
    else:
        lab.write(f"def handler(e, c):\n    print('before')\n    {statement}")
    host = await lab.run()
    result, error = await call(host)
    assert error == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {result.request_id} Error: {reason}",
    }
    assert "before" in lab.recording.texts()
    assert lab.recording.invocations()[0].data["status"] == "crash"
    lab.write("def handler(e, c): return 'well'")
    await host.reload()
    assert (await call(host))[1] == "well"


async def test_timeout_ends_the_worker_and_its_children(lab):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"""
    host = await lab.run(
        """
        def handler(event, context):
            if event:
                return "warm"
            child = subprocess.Popen(["sleep", "1100"])
            daemon = subprocess.Popen(["setsid", "-f", "sleep", "1101"])
            daemon.wait()
            print(child.pid, os.getpid(), flush=True)
            while True: pass
        """,
        Timeout=1,
    )
    result, error = await call(host)
    assert error == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {result.request_id} Error: Task timed out after 1.00 seconds",
    }
    assert lab.recording.invocations()[0].data["status"] == "timeout"
    assert (await call(host, 1))[1] == "warm"
    await host.stop(grace=0)
    assert not [pid for pid in _running() if "sleep\x00110" in pid]


async def test_more_memory_than_the_function_has(lab):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""
    host = await lab.run(
        """
        def handler(event, context):
            kept = b"x" * (event << 20)
            time.sleep(60 if event > 128 else 0.3)
            return len(kept)
        """,
        MemorySize=128,
        Timeout=60,
    )
    assert (await call(host, 60))[1] == 60 << 20
    result, error = await call(host, 200)
    assert error == {
        "errorType": "Runtime.OutOfMemory",
        "errorMessage": f"RequestId: {result.request_id} Error: Runtime exited with error: signal: killed",
    }
    assert lab.recording.invocations()[-1].data["status"] == "crash"
    assert (await call(host, 1))[1] == 1 << 20


def _running():
    lines = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            lines.append((folder / "cmdline").read_text())
        except OSError:
            continue
    return lines


async def test_what_functions_import_from_third_parties_is_recorded_with_its_time(lab):
    host = await lab.run("import jmespath\ndef handler(e, c): return jmespath.search('a', {'a': 1})")
    assert (await call(host))[1] == 1
    async with asyncio.timeout(20):
        while not any(entry.kind == "import" for entry in lab.recording.entries):
            await asyncio.sleep(0.01)
    recorded = {entry.subject: entry.data["seconds"] for entry in lab.recording.entries if entry.kind == "import"}
    assert "jmespath" in recorded
    assert all(seconds >= 0 for seconds in recorded.values())


async def test_init_timeout_is_retried_under_the_function_timeout(lab):
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html."""
    host = await lab.run("while True: pass", Timeout=1, host={"init_timeout": 0.3})
    _, error = await call(host)
    assert error["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in error["errorMessage"]
    assert any("Phase: init Status: timeout" in text for text in lab.recording.texts("system"))
    lab.write("def handler(e, c): return 'mended'")
    await host.reload()
    assert (await call(host))[1] == "mended"


async def test_init_that_succeeds_when_it_is_retried(lab):
    host = await lab.run(
        f"""
        flag = {str(lab.project / "flag")!r}
        if not os.path.exists(flag):
            open(flag, "w").close()
            time.sleep(60)
        def handler(event, context): return "second"
        """,
        Timeout=20,
        host={"init_timeout": 0.5},
    )
    assert (await call(host))[1] == "second"


async def test_response_above_the_limit(lab):
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    host = await lab.run("def handler(event, context): return 'x' * event", Timeout=20)
    _, error = await call(host, 7_000_000)
    assert error == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }
    assert len((await call(host, 6_291_554))[1]) == 6_291_554


async def test_request_above_the_limit(lab):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html: RequestTooLargeException."""
    host = await lab.run("def handler(event, context): return len(event)", Timeout=20)
    with pytest.raises(RequestTooLargeError, match="6291457 byte payload is too large"):
        await host.invoke("f", b'"' + b"x" * 6_291_455 + b'"')
    assert (await call(host, "x" * 6_291_454))[1] == 6_291_454


async def test_values_that_json_lacks(lab):
    host = await lab.run("def handler(event, context): return float('nan')")
    assert (await host.invoke("f", b"{}")).payload == b"NaN"
    lab.write("def handler(event, context): return b'raw'")
    await host.reload()
    assert (await host.invoke("f", b"{}")).payload == b"raw"


async def test_unknown_function(lab):
    host = await lab.run("def handler(event, context): pass")
    with pytest.raises(UnknownFunctionError):
        await host.invoke("other", b"{}")


async def test_reserved_concurrency(lab):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    host = await lab.run("def handler(event, context): time.sleep(60)", ReservedConcurrentExecutions=1, Timeout=60)
    first = asyncio.create_task(host.invoke("f", b"{}"))
    await asyncio.sleep(0)
    with pytest.raises(TooManyRequestsError):
        await host.invoke("f", b"{}")
    assert lab.recording.invocations()[0].data["status"] == "throttled"
    first.cancel()


async def test_a_thousand_calls_at_once(lab):
    host = await lab.run("def handler(event, context): return event", host={"max_workers": 3})
    answers = await asyncio.gather(*(call(host, number) for number in range(1000)))
    assert [answer for _, answer in answers] == list(range(1000))
    assert host.status()["f"].idle <= 3
    assert len(lab.recording.invocations()) == 1000


async def test_a_caller_that_gives_up_leaves_the_function_running(lab):
    host = await lab.run("def handler(event, context):\n    time.sleep(0.3)\n    print('finished')\n    return event")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(host.invoke("f", b"1"), 0.2)
    assert (await call(host, 2))[1] == 2
    await asyncio.sleep(0)
    while len(lab.recording.invocations()) < 1:
        await asyncio.sleep(0.01)
    assert "finished" in lab.recording.texts()


async def test_a_caller_may_wait_for_some_time_only(lab):
    host = await lab.run("def handler(event, context):\n    time.sleep(0.3)\n    print('finished')\n    return event")
    await call(host)
    with pytest.raises(TimeoutError):
        await host.invoke("f", b"1", timeout=0.1)
    async with asyncio.timeout(20):
        while lab.recording.texts().count("finished") < 2:
            await asyncio.sleep(0.01)


async def test_nothing_is_kept_of_a_call_that_took_too_long(lab):
    host = await lab.run("def handler(event, context): time.sleep(0.2)")

    async def impatient() -> weakref.ref[set[int]]:
        request = {1}
        with pytest.raises(TimeoutError):
            await host.invoke("f", b"1", timeout=0.01)
        return weakref.ref(request)

    gc.disable()
    try:
        request = await impatient()
        await call(host)
        assert request() is None
    finally:
        gc.enable()


async def test_log_lines_belong_to_their_request_and_keep_their_order(lab):
    host = await lab.run(
        """
        logging.getLogger().setLevel("INFO")
        print("while importing")
        def handler(event, context):
            print("one")
            logging.warning("two")
            sys.stderr.write("three\\nunfinished")
            return None
        """
    )
    result, _ = await call(host)
    texts = lab.recording.texts(request_id=result.request_id)
    assert [text.split("\t")[-1] for text in texts] == ["one", "two", "three", "unfinished"]
    assert lab.recording.texts(request_id=None) == ["while importing"]
    levels = [entry.level for entry in lab.recording.entries if entry.kind == "log"]
    assert levels == ["INFO", "INFO", "WARNING", "INFO", "INFO"]
    assert lab.recording.entries[-1].kind == "invocation"  # all that was written comes before the result


async def test_long_lines_and_floods(lab):
    host = await lab.run(
        "def handler(event, context):\n    print('y' * 1_000_000)\n    for n in range(20_000): print(n)\n", Timeout=30
    )
    await call(host)
    texts = lab.recording.texts()
    assert [len(text) for text in texts[:4]] == [262_144, 262_144, 262_144, 213_568]
    assert texts[4:] == [str(n) for n in range(20_000)]


async def test_json_log_format(lab):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html: JSON log format."""
    host = await lab.run(
        "def handler(event, context): logging.getLogger().info('hello')",
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO"},
    )
    result, _ = await call(host)
    [line] = lab.recording.texts()
    assert json.loads(line)["message"] == "hello"
    assert json.loads(line)["requestId"] == result.request_id


async def test_credentials_about_to_end_replace_the_worker(lab):
    host = await lab.run("def handler(event, context): return os.getpid()")
    lab.expiration = "2000-01-01T00:00:00Z"
    await host.reload()
    lab.issued.clear()
    lab.expiration = "2999-01-01T00:00:00Z"
    first = (await call(host))[1]
    assert (await call(host))[1] == first
    assert lab.issued == ["role"]


async def test_credentials_that_cannot_be_had_fail_the_call(lab):
    host = await lab.run("def handler(event, context): return 1")

    async def broken(role):
        raise LookupError("no such role")

    lab.credentials = broken
    other = await lab.run()
    with pytest.raises(LookupError, match="no such role"):
        await other.invoke("f", b"{}")
    assert (await call(host))[1] == 1
