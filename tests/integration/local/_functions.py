"""What the tests of the function host share: a project folder and the hosts that run it."""

import json
import textwrap
from pathlib import Path

from cumulo.local.functions.host import FunctionHost
from cumulo.local.world import Resource, World

PREAMBLE = "import asyncio, json, logging, os, signal, subprocess, sys, threading, time\n"


class Recording:
    """Keeps entries in a list."""

    def __init__(self):
        self.entries = []

    def append(self, entry):
        self.entries.append(entry)

    def texts(self, kind="log", request_id=...):
        return [e.text for e in self.entries if e.kind == kind and request_id in (..., e.request_id)]

    def invocations(self):
        return [e for e in self.entries if e.kind == "invocation"]


class Lab:
    """A project folder and the hosts that run it."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.recording = Recording()
        self.hosts = []
        self.issued = []
        self.expiration = None

    def write(self, source: str, name: str = "app") -> None:
        (self.project / f"{name}.py").write_text(PREAMBLE + textwrap.dedent(source))

    def world(self, **functions) -> World:
        resources = (
            Resource("api", n, "AWS::Lambda::Function", n, {"Role": "role", **p}) for n, p in functions.items()
        )
        return World("123456789012", "eu-west-1", tuple(resources))

    async def credentials(self, role: str):
        self.issued.append(role)
        expiration = {"AWS_CREDENTIAL_EXPIRATION": self.expiration} if self.expiration else {}
        return {
            "AWS_ACCESS_KEY_ID": f"key-{role}",
            "AWS_SECRET_ACCESS_KEY": "s",
            "AWS_SESSION_TOKEN": "t",
            **expiration,
        }

    async def run(self, source: str = "", *, host=None, **properties) -> FunctionHost:
        """Start a host with one function, ``f``, on ``app.handler``."""
        if source:
            self.write(source)
        world = self.world(f={"Handler": "app.handler", **properties})
        return await self.run_world(world, **(host or {}))

    async def run_world(self, world: World, **options) -> FunctionHost:
        host = FunctionHost(
            world,
            project=self.project,
            credentials=self.credentials,
            endpoints=lambda: {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
            recorder=self.recording,
            **options,
        )
        self.hosts.append(host)
        await host.start()
        return host

    async def stop(self) -> None:
        """End all hosts at once."""
        for host in self.hosts:
            await host.stop(grace=0)


async def call(host, event=None, function="f"):
    result = await host.invoke(function, json.dumps(event).encode())
    return result, json.loads(result.payload)
