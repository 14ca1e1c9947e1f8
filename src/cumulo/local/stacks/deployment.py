"""Bring an assembly to the emulator.

Whole templates go through the emulator's own CloudFormation, so references between stateful and active resources,
conditions, mappings, imports and outputs are resolved once, by one engine. The launcher answers for the active types
(functions, APIs, event sources, alarms), which Cumulo runs itself: they exist in the stack by name only.

What is deployed is remembered by the emulator, in the stacks themselves. So it cannot differ from the emulator's
saved state, whatever killed it, and a start with nothing changed deploys nothing.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from cumulo.assembly import Assembly, StackArtifact
from cumulo.errors import CumuloError
from cumulo.local.emulator.launcher.records import ENDPOINT
from cumulo.local.world import Resource, World

SERVED = frozenset(("AWS::ApiGatewayV2::Api", "AWS::Lambda::Url"))
"""The types with an address of their own."""

Endpoints = Callable[[str, str], str | None]


class Target(Protocol):
    """What stacks are deployed to: the emulator."""

    async def deploy(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Create or update one stack."""
        ...

    async def delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Delete one stack."""
        ...

    async def stacks(self, account: str, region: str) -> list[dict[str, Any]]:
        """Return what is deployed."""
        ...

    async def save(self) -> None:
        """Save the state."""
        ...


async def deploy(
    assembly: Assembly,
    emulator: Target,
    *,
    account: str,
    region: str,
    endpoints: Endpoints = lambda _stack, _logical_id: None,
    report: Callable[[str], None] = lambda _line: None,
) -> World:
    """Deploy what changed since the last time, delete the stacks that left, and return everything resolved.

    A table, bucket, queue or secret that holds something is never deleted: when its declaration is gone it is kept,
    which is reported, and when it comes back it has its content. ``cumulo dev --fresh`` is the way to empty data.

    Parameters
    ----------
    assembly
        What to deploy.
    emulator
        Where to.
    account, region
        The emulator's account and the region to deploy into.
    endpoints
        From a stack's id and the logical id of an HTTP or WebSocket API or a function URL to the address at which it
        is served here: what ``ApiEndpoint`` and ``FunctionUrl`` give. ``None`` gives an address as AWS has it.
    report
        Takes a line for each stack that is deployed and for everything that a person should know.

    Returns
    -------
    World
        All resources and outputs.

    Raises
    ------
    CumuloError
        When a stack fails, with the first resource that failed and its reason. The stack is as before.

    Examples
    --------
    >>> world = await deploy(assembly, emulator, account="000000000000", region="eu-central-1")  # doctest: +SKIP
    >>> [function.physical_id for function in world.of_type("AWS::Lambda::Function")]  # doctest: +SKIP
    ['items-dev-create-item']
    """
    place = {"account": account, "region": region}
    deployed = {stack["name"]: stack for stack in await emulator.stacks(account, region)}
    requests = [{**place, **_request(stack, endpoints)} for stack in assembly.stacks]
    changed = [request for request in requests if _differs(request, deployed.get(request["name"]))]
    leaving = [name for name in deployed if name not in {request["name"] for request in requests}]
    for request in changed:
        report(f"Deploying {request['name']} ...")
        _check(await emulator.deploy(request), request["name"], assembly.stacks_by_id[request["stack"]], report)
    for name in _importers_first(leaving):
        report(f"Removing {name} ...")
        _check(await emulator.delete({**place, "name": name}), name, None, report)
    if changed or leaving:
        await emulator.save()
        deployed = {stack["name"]: stack for stack in await emulator.stacks(account, region)}
    return _world(account, region, [deployed[request["name"]] for request in requests])


def _request(stack: StackArtifact, endpoints: Endpoints) -> dict[str, Any]:
    template = copy.deepcopy(dict(stack.template))
    for logical_id, resource in template.get("Resources", {}).items():
        address = endpoints(stack.id, logical_id) if resource.get("Type") in SERVED else None
        if address:
            resource["Properties"] = {**resource.get("Properties", {}), ENDPOINT: address}
    content = {"template": template, "tags": dict(stack.tags)}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return {"name": stack.name, "stack": stack.id, "digest": digest, **content}


def _differs(request: Mapping[str, Any], deployed: Mapping[str, Any] | None) -> bool:
    return deployed is None or any(request[key] != deployed[key] for key in ("digest", "stack"))


def _importers_first(names: Iterable[str]) -> list[str]:
    """Order stacks for deletion: the emulator keeps them as they were created, what is imported before its importer."""
    return list(reversed([*names]))


def _check(answer: Mapping[str, Any], name: str, stack: StackArtifact | None, report: Callable[[str], None]) -> None:
    for sentence in answer["kept"]:
        report(sentence)
    for type_ in answer["idle"]:
        report(f"{type_} is not part of the local cloud: the resource exists by name only")
    failure = answer["failure"]
    if failure is None:
        return
    if failure["logical_id"] is None:
        raise CumuloError(failure["reason"], where=f"stack {name}")
    source = stack.sources.get(failure["logical_id"]) if stack else None
    raise CumuloError(
        f"{failure['logical_id']} ({failure['type']}) failed: {failure['reason']}",
        where=f"stack {name}",
        hint=f"it is declared in {source.file}, line {source.line}" if source else None,
    )


def _world(account: str, region: str, deployed: Iterable[Mapping[str, Any]]) -> World:
    stacks = [*deployed]
    return World(
        account=account,
        region=region,
        resources=tuple(
            Resource(stack=stack["stack"], **resource) for stack in stacks for resource in stack["resources"]
        ),
        outputs={stack["stack"]: stack["outputs"] for stack in stacks},
    )
