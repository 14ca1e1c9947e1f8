"""A function whose code can't be loaded: the developer who asks reads why. Any other failure stays in the journal."""

import pytest

from ._api import Answer, FunctionError, gateway, world


@pytest.mark.parametrize(
    "type_", ["Runtime.UserCodeSyntaxError", "Runtime.ImportModuleError", "Runtime.HandlerNotFound"]
)
async def test_a_mistake_in_loading_is_told(type_: str) -> None:
    answer = await _call(FunctionError("no module named items", type_))
    assert answer.status == 500
    assert answer.json() == {"message": "Internal Server Error", "cumulo": f"{type_}: no module named items"}


@pytest.mark.parametrize("type_", ["ValueError", "Sandbox.Timedout", None])
async def test_any_other_failure_is_not(type_: str | None) -> None:
    answer = await _call(FunctionError("the password is 123", type_))
    assert (answer.status, answer.json()) == (500, {"message": "Internal Server Error"})


async def _call(error: Exception) -> Answer:
    def fail(event: dict[str, object]) -> None:
        raise error

    return await gateway(world({"GET /": "fail"}), fail=fail).call()
