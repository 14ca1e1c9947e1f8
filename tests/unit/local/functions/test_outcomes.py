"""How invocations end, in the words of Lambda."""

import json

from cumulo.local.functions.outcomes import exit_reason, exited, failed, out_of_memory, timed_out, too_large


def test_timeout():
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html"""
    assert json.loads(timed_out("id", 3).payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: id Error: Task timed out after 3.00 seconds",
    }


def test_exit_error():
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html."""
    assert json.loads(exited("id", 1 << 8).payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: id Error: Runtime exited with error: exit status 1",
    }


def test_exit_reasons():
    assert exit_reason(0) == "Runtime exited without providing a reason"
    assert exit_reason(9) == "Runtime exited with error: signal: killed"
    assert exit_reason(11 | 0x80) == "Runtime exited with error: signal: segmentation fault (core dumped)"


def test_out_of_memory():
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html"""
    assert json.loads(out_of_memory("id").payload) == {
        "errorType": "Runtime.OutOfMemory",
        "errorMessage": "RequestId: id Error: Runtime exited with error: signal: killed",
    }


def test_response_size():
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: invocation payload."""
    assert json.loads(too_large().payload) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }


def test_an_error_report_is_passed_on_unchanged():
    payload = b'{"errorMessage": "no", "errorType": "ValueError"}'
    outcome = failed(payload)
    assert (outcome.payload, outcome.error_type, outcome.message) == (payload, "ValueError", "no")
    assert failed(b"[]").error_type == failed(b"{").error_type == "Unhandled"
