import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cumulo.delivery import stacks
from cumulo.delivery.execute import Deployment, deploy
from cumulo.delivery.session import Target
from cumulo.errors import CumuloError

from .conftest import Said, Shop
from .templates import exported, imported, never, queue, table, template, topic

DEPLOY = """
import sys
from pathlib import Path
from cumulo import assembly
from cumulo.delivery.execute import deploy
from cumulo.delivery.session import connect
from cumulo.delivery.talk import Talk

def confirm(plan):
    print("planned", flush=True)
    return True

talk = Talk(lambda line: print(line, flush=True), lambda event: print(event.status, flush=True), confirm)
deploy(assembly.read(Path(sys.argv[1])), connect(), talk)
"""

STACKS = {
    "data": template(
        {"Table": table("shop-dev-table", DeletionPolicy="Retain"), "Queue": queue("shop-dev-queue")},
        Arn=exported("shop-dev-data:Arn", {"Fn::GetAtt": ["Table", "Arn"]}),
    ),
    "api": template({"Topic": topic("shop-dev-topic", DisplayName=imported("shop-dev-data:Arn"))}),
}


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DEPLOY, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def deploy_when_free(shop: Shop, target: Target, said: Said) -> Deployment:
    """Deploy; while CloudFormation still finishes what was interrupted, wait as the error says."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return deploy(shop.assembly(STACKS), target, said.talk)
        except CumuloError as error:
            if "still working" not in error.what or time.monotonic() > deadline:
                raise
        time.sleep(0.1)


@pytest.mark.parametrize("lines", [1, 2, 3, 5, 8, 10])
def test_a_deployment_that_was_killed_can_be_repeated(lines: int, shop: Shop, target: Target, said: Said) -> None:
    shop.assembly(STACKS)
    process = start(shop.folder / "out")
    assert process.stdout is not None
    with process:
        for _ in range(lines):
            process.stdout.readline()
        process.kill()

    done = deploy_when_free(shop, target, said)
    assert [each.id for each in done.stacks] == ["data", "api"]
    statuses = {each.status for each in stacks.all_deployed(target).values()}
    assert statuses <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert not deploy(shop.assembly(STACKS), target, said.talk).changed


def test_an_interrupted_deployment_says_that_cloudformation_goes_on(shop: Shop, target: Target, said: Said) -> None:
    shop.assembly({"api": template({"Topic": topic("shop-dev-topic"), **never("Topic", seconds=2)})})
    process = start(shop.folder / "out")
    assert process.stdout is not None
    with process:
        while "CREATE_COMPLETE" not in process.stdout.readline():
            pass
        os.kill(process.pid, signal.SIGINT)
        rest = process.stdout.read()
    assert "stopped watching; CloudFormation goes on with shop-dev-api" in rest
    assert "aws cloudformation describe-stack-events --stack-name shop-dev-api --region eu-central-1" in rest
