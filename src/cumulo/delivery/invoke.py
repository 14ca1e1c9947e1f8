"""Calling a function as it is deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cumulo.assembly import Assembly
from cumulo.delivery import stacks
from cumulo.delivery.session import Target, aws_errors
from cumulo.errors import CumuloError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

FUNCTION = "AWS::Lambda::Function"
# A function may take 15 minutes (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
_LONGEST_SECONDS = 15 * 60 + 10


def invoke(assembly: Assembly, target: Target, function: str, payload: bytes) -> Mapping[str, Any]:
    """Call a deployed function and wait for its answer.

    Parameters
    ----------
    assembly
        The stage as it is declared: it tells which stack has the function.
    target
        Where it is deployed.
    function
        Its id in the declaration, its name in AWS or its logical id.
    payload
        The event, as JSON.

    Returns
    -------
    Mapping
        ``payload`` (bytes), ``functionError`` (``None`` when the handler returned) and ``requestId``.

    Raises
    ------
    CumuloError
        When the stage declares no such function, it is not deployed, or Lambda refuses.
    """
    name = _deployed_name(target, *_find(assembly, function))
    with aws_errors(f"function {name}"):
        answer = _client(target).invoke(FunctionName=name, Payload=payload)
        return {
            "payload": answer["Payload"].read(),
            "functionError": answer.get("FunctionError"),
            "requestId": answer["ResponseMetadata"].get("RequestId", ""),
        }


def _client(target: Target) -> LambdaClient:
    from botocore.config import Config

    # Never called twice: the function may have done its work although its answer was lost.
    config = Config(read_timeout=_LONGEST_SECONDS, retries={"total_max_attempts": 1})
    client: LambdaClient = target.session.client("lambda", config=config)
    return client


def _find(assembly: Assembly, function: str) -> tuple[str, str]:
    """Return the stack and the logical id of a function."""
    known: list[str] = []
    for stack, logical_id, name in _functions(assembly):
        short = name.removeprefix(f"{assembly.app}-{assembly.stage}-")
        if function in (name, short, logical_id):
            return stack, logical_id
        known.append(short)
    raise CumuloError(f"there is no function {function!r}", hint=f"there are: {', '.join(sorted(known)) or 'none'}")


def _functions(assembly: Assembly) -> Iterator[tuple[str, str, str]]:
    for stack in assembly.stacks:
        for logical_id, resource in stack.resources.items():
            if resource.get("Type") == FUNCTION:
                name = resource.get("Properties", {}).get("FunctionName")
                yield stack.name, logical_id, name if isinstance(name, str) else logical_id


def _deployed_name(target: Target, stack: str, logical_id: str) -> str:
    with aws_errors(f"stack {stack}"):
        name = stacks.resource(target.cloudformation, stack, logical_id)
    if name is None:
        raise CumuloError(
            f"the function is not deployed in {target.account}, {target.region}",
            where=f"stack {stack}",
            hint="run `cumulo deploy`, or `cumulo dev` to call it on this machine",
        )
    return name
