"""Stacks: deployed through the emulator's own CloudFormation, one after the other."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import unescape

from ministack.core.responses import request_scope
from ministack.services import cloudformation
from ministack.services.cloudformation import helpers, provisioners

from . import active, keeping, properties, records
from .records import MARK

_EVENTS_KEPT = 200
_DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
_UPDATABLE = (*_DONE, "UPDATE_ROLLBACK_COMPLETE")
_GONE = ("DELETE_COMPLETE", "ROLLBACK_COMPLETE")


@dataclass
class Stacks:
    """Deploys and deletes the stacks of one emulator.

    Parameters
    ----------
    kept
        Sentences about resources that the last operation kept because they hold data.
    """

    kept: list[str] = field(default_factory=list)

    def prepare(self, *, runs_functions: bool) -> None:
        """Fit the emulator's CloudFormation to the local cloud.

        Parameters
        ----------
        runs_functions
            Whether the emulator runs functions and APIs itself; otherwise Cumulo does.
        """
        if not runs_functions:
            active.take_over()
        properties.install()
        keeping.install(self.kept.append)
        _give_issuers()
        # The limit of a template that lies in S3; here none has to.
        helpers.TEMPLATE_BODY_MAX_BYTES = 1_000_000

    async def deploy(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Create or update a stack and wait until it is done.

        Parameters
        ----------
        request
            ``account``, ``region``, ``name``, ``stack`` (its id in the assembly), ``template``, ``tags``, ``digest``.

        Returns
        -------
        dict
            ``failure`` (``None``, or the first failed resource as ``logical_id``, ``type`` and ``reason``), ``kept``
            and ``idle`` (types that nothing runs).
        """
        with request_scope(request["account"], request["region"]):
            idle = active.accept(
                resource.get("Type", "") for resource in request["template"].get("Resources", {}).values()
            )
            failure = await self._deploy(request)
            if failure is None:
                mark = {"stack": request["stack"], "digest": request["digest"]}
                cloudformation._stacks[request["name"]][MARK] = mark
        kept = self._take_kept()
        return {"failure": failure, "kept": [] if failure else kept, "idle": idle}

    async def delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Delete a stack (``account``, ``region``, ``name``); resources that hold data are kept."""
        with request_scope(request["account"], request["region"]):
            refusal = await _call("DeleteStack", {"StackName": request["name"]})
            # Deletion begins in a task of its own, a moment after the call.
            record = {} if refusal else await _finished(request["name"], "DELETE_")
            if record.get("StackStatus") == "DELETE_COMPLETE":
                cloudformation._stacks.pop(request["name"], None)
                cloudformation._stack_events.pop(record["StackId"], None)
                failure = None
            else:
                failure = _failure(record, refusal, 0)
        return {"failure": failure, "kept": self._take_kept(), "idle": []}

    def deployed(self, account: str, region: str) -> list[dict[str, Any]]:
        """Return the stacks that were deployed from an assembly, with every resource resolved."""
        return records.deployed(cloudformation._stacks.to_dict(), account, region)

    async def _deploy(self, request: Mapping[str, Any]) -> dict[str, Any] | None:
        name = request["name"]
        record = cloudformation._stacks.get(name)
        if record and record["StackStatus"] not in (*_UPDATABLE, *_GONE):
            _drop(name)
            record = None
        creates = not record or record["StackStatus"] in _GONE
        events_before = 0 if creates else len(cloudformation._stack_events.get(record["StackId"], ()))
        refusal = await _call("CreateStack" if creates else "UpdateStack", _parameters(request))
        if refusal == "No updates are to be performed.":
            return None
        record = await _finished(name)
        if refusal is None and record["StackStatus"] in _DONE:
            events = cloudformation._stack_events
            events[record["StackId"]] = events.get(record["StackId"], [])[-_EVENTS_KEPT:]
            return None
        record.get(MARK, {})["digest"] = ""
        return _failure(record, refusal, events_before)

    def _take_kept(self) -> list[str]:
        kept = [*self.kept]
        self.kept.clear()
        return kept


def _give_issuers() -> None:
    """Have user pools say who issues their tokens: ``Fn::GetAtt`` of ``ProviderURL``."""
    attributes = provisioners._cognito_user_pool_attributes

    def with_issuer(pool_id: str) -> dict[str, Any]:
        named: dict[str, Any] = attributes(pool_id)
        return {**named, "ProviderURL": f"https://{named['ProviderName']}"}

    provisioners._cognito_user_pool_attributes = with_issuer


def _parameters(request: Mapping[str, Any]) -> dict[str, str]:
    parameters = {
        "StackName": request["name"],
        "TemplateBody": json.dumps(request["template"], separators=(",", ":")),
        "Capabilities.member.1": "CAPABILITY_NAMED_IAM",
        "Capabilities.member.2": "CAPABILITY_AUTO_EXPAND",
    }
    for number, (key, value) in enumerate(sorted(request["tags"].items()), 1):
        parameters[f"Tags.member.{number}.Key"] = key
        parameters[f"Tags.member.{number}.Value"] = value
    return parameters


async def _call(action: str, parameters: Mapping[str, str]) -> str | None:
    """Call the emulator's CloudFormation; return why it refused, or ``None``."""
    body = urlencode({"Action": action, **parameters}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    status, _, answer = await cloudformation.handle_request("POST", "/", headers, body, {})
    if status < 400:
        return None
    text = answer.decode() if isinstance(answer, bytes) else str(answer)
    found = re.search(r"<Message>(.*?)</Message>", text, re.DOTALL)
    return unescape(found.group(1)) if found else text


async def _finished(name: str, operation: str = "") -> dict[str, Any]:
    """Wait until a stack is at rest, after an operation whose states begin so, and return its record."""
    while True:
        record: dict[str, Any] = cloudformation._stacks.get(name) or {}
        status = record.get("StackStatus", "")
        if status.startswith(operation) and not status.endswith("IN_PROGRESS"):
            return record
        await asyncio.sleep(0.002)


def _failure(record: Mapping[str, Any], refusal: str | None, events_before: int) -> dict[str, Any]:
    events = cloudformation._stack_events.get(record.get("StackId"), [])[events_before:]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    of_resources = [event for event in failed if event["ResourceType"] != "AWS::CloudFormation::Stack"]
    first = next(iter(of_resources or failed), None)
    if refusal or first is None:
        reason = refusal or record.get("StackStatusReason") or record.get("StackStatus") or "unknown"
        return {"logical_id": None, "type": None, "reason": _with_details(reason, record)}
    return {
        "logical_id": first["LogicalResourceId"],
        "type": first["ResourceType"],
        "reason": _with_details(first["ResourceStatusReason"], record),
    }


def _with_details(reason: str, record: Mapping[str, Any]) -> str:
    """Add what validation found, which CloudFormation only hints at."""
    details = [
        f"{event['ValidationPath']}: {event['ValidationStatusReason']}"
        for event in record.get("_operation_events", ())
        if "ValidationPath" in event
    ]
    return "; ".join(details) if "Validation" in reason and details else reason


def _drop(name: str) -> None:
    """Forget a stack that cannot be updated; its resources stay and are taken over by the next creation."""
    record = cloudformation._stacks.pop(name)
    for export, value in cloudformation._exports.items():
        if value["StackId"] == record["StackId"]:
            cloudformation._exports.pop(export)
