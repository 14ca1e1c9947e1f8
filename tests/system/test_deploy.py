"""`items`, shipped by the real command to an emulator that stands for AWS, and called there."""

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
import pytest_asyncio

from cumulo.local.emulator import environment, process
from tests.system.conftest import clean_environment, cumulo

ITEMS = Path(__file__).parents[2] / "examples/items"
AWS_CLI = Path(sys.executable).with_name("aws")
# With Lambda among them the emulator runs what stacks declare, as AWS would.
SERVICES = process.SERVICES | {"apigateway", "lambda", "logs", "monitoring"}
REGION = "eu-central-1"
SHOE = {"name": "Red shoe", "category": "shoes", "price": 9.95, "quantity": 3}
DEPLOYED = {"items-test-data": "CREATE_COMPLETE", "items-test-api": "CREATE_COMPLETE"}
# What the functions import beside the standard library; the emulator has none of it.
PACKAGED = ("aws_lambda_powertools", "cumulo", "pydantic")


@dataclass(frozen=True)
class Shipping:
    """A copy of `items` and the account that it goes to."""

    project: Path
    endpoint: str
    account: str = process.ACCOUNT

    @property
    def aws_environment(self) -> dict[str, str]:
        nothing = str(self.project.parent / "no-configuration")
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": nothing,
            "AWS_SHARED_CREDENTIALS_FILE": nothing,
        }

    def cumulo(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command on the stage `test`."""
        return cumulo(*arguments, "--stage", "test", cwd=self.project, **self.aws_environment)

    def client(self, service: str) -> Any:
        """Return a client of a service, to look at what is there."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=self.account,
            aws_secret_access_key="test",
        )

    def aws(self, *arguments: str) -> Any:
        """Run the AWS CLI and return what it answers."""
        done = subprocess.run(
            [AWS_CLI, "--output", "json", *arguments],
            cwd=self.project,
            env=clean_environment() | self.aws_environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def stacks(self) -> dict[str, str]:
        """Return each stack's state."""
        with closing(self.client("cloudformation")) as cloudformation:
            return {stack["StackName"]: stack["StackStatus"] for stack in cloudformation.describe_stacks()["Stacks"]}

    def declare(self, line: str) -> None:
        """Declare one thing more in the stack `data`."""
        data = self.project / "infra/data.py"
        text = data.read_text().replace("import App, Secret,", "import App, Queue, Secret,")
        data.write_text(f"{text}        {line}\n")


def copy(project: Path, target: Path) -> Path:
    return shutil.copytree(project, target, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache", "local"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def endpoint() -> AsyncIterator[str]:
    """The address of what stands for AWS."""
    python = environment.prepare(print)
    async with process.running(python=python, state=None, services=SERVICES) as emulator:
        yield emulator.endpoint


@pytest.fixture(scope="module")
def shipped(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Shipping:
    """`items` as it is deployed; the folder that it was deployed from is somewhere else by now."""
    folder = tmp_path_factory.mktemp("shipped")
    origin = Shipping(copy(ITEMS, folder / "origin"), endpoint)
    deployed = origin.cumulo("deploy")
    assert deployed.returncode == 0, deployed.stderr
    assert deployed.stderr.endswith("deployed\n")
    assert "ApiUrl" in deployed.stdout
    return replace(origin, project=origin.project.rename(folder / "moved"))


@pytest.fixture
def changed(shipped: Shipping, tmp_path: Path) -> Shipping:
    """A copy of what is deployed, to be changed."""
    return replace(shipped, project=copy(shipped.project, tmp_path / "items"))


@pytest.fixture(scope="module")
def outputs(shipped: Shipping) -> dict[str, dict[str, str]]:
    shown = shipped.cumulo("outputs", "--json")
    assert shown.returncode == 0, shown.stderr
    return json.loads(shown.stdout)


@pytest.fixture
def api_key(shipped: Shipping) -> str:
    with closing(shipped.client("secretsmanager")) as secrets:
        return str(secrets.get_secret_value(SecretId="items-test-api-key")["SecretString"])


@pytest.fixture
def api(shipped: Shipping, outputs: dict[str, dict[str, str]], api_key: str) -> Iterator[httpx.Client]:
    """A client of the HTTP API; the host of its URL is a name that only the emulator knows."""
    host = httpx.URL(outputs["api"]["ApiUrl"]).netloc.decode()
    headers = {"Host": host, "x-api-key": api_key}
    with httpx.Client(base_url=shipped.endpoint, headers=headers, timeout=60, trust_env=False) as client:
        yield client


def test_the_package_has_all_that_the_functions_import(shipped: Shipping, api: httpx.Client) -> None:
    """What runs them has none of it, and the folder that they were packaged from is gone."""
    looks = f"import importlib.util as i; print([p for p in {PACKAGED} if i.find_spec(p)])"
    found = subprocess.run([environment.prepare(print), "-I", "-c", looks], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
    assert not (shipped.project.parent / "origin").exists()
    assert set(api.get("/openapi.json").json()["paths"]) == {"/health", "/items", "/items/{id}"}


def test_the_item_routes_work_where_they_are_deployed(shipped: Shipping, api: httpx.Client, api_key: str) -> None:
    assert api.get("/items/red-shoe", headers={"x-api-key": ""}).status_code == 401
    assert api.get("/items/red-shoe", headers={"x-api-key": "guess"}).status_code == 403
    created = api.post("/items", json=SHOE)
    assert created.status_code == 201, created.text
    assert api.post("/items", json=SHOE).status_code == 409
    assert api.get("/items/red-shoe").json() == created.json()
    assert api.get("/items", params={"category": "shoes"}).json() == {"items": [created.json()], "cursor": None}
    assert api.patch("/items/red-shoe", json={"price": 8, "version": 1}).json()["price"] == 8

    # The AWS CLI sees in the table what the function wrote.
    key = json.dumps({name: {"S": "ITEM#red-shoe"} for name in ("PK", "SK")})
    read = shipped.aws("dynamodb", "get-item", "--table-name", "items-test-items", "--key", key)
    assert read["Item"]["price"] == {"N": "8"}

    deleted = shipped.cumulo("invoke", "delete-item", json.dumps(delete_event(api_key)))
    assert json.loads(deleted.stdout)["statusCode"] == 204, deleted.stdout
    assert api.get("/items/red-shoe").status_code == 404


def delete_event(api_key: str) -> dict[str, Any]:
    """Give what API Gateway sends to a function.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    path = "/items/red-shoe"
    return {
        "version": "2.0",
        "routeKey": "DELETE /items/{id}",
        "rawPath": path,
        "headers": {"x-api-key": api_key},
        "pathParameters": {"id": "red-shoe"},
        "requestContext": {"requestId": "r-1", "stage": "$default", "http": {"method": "DELETE", "path": path}},
        "isBase64Encoded": False,
    }


def test_invoke_calls_the_deployed_function(shipped: Shipping) -> None:
    health = shipped.cumulo("invoke", "health")
    assert (health.returncode, json.loads(health.stdout)["body"]) == (0, '{"status":"ok"}')
    unknown = shipped.cumulo("invoke", "nothing")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "hint:" in unknown.stderr


def test_the_aws_cli_finds_and_calls_it(shipped: Shipping, outputs: dict[str, dict[str, str]], tmp_path: Path) -> None:
    stacks = {stack["StackName"]: stack for stack in shipped.aws("cloudformation", "describe-stacks")["Stacks"]}
    assert {name: stack["StackStatus"] for name, stack in stacks.items()} == DEPLOYED
    told = {output["OutputKey"]: output["OutputValue"] for output in stacks["items-test-api"]["Outputs"]}
    assert told["ApiUrl"] == outputs["api"]["ApiUrl"]

    answer = tmp_path / "answer.json"
    invoked = shipped.aws("lambda", "invoke", "--function-name", "items-test-health", "--payload", "{}", str(answer))
    assert invoked["StatusCode"] == 200
    assert "FunctionError" not in invoked
    assert json.loads(answer.read_text())["body"] == '{"status":"ok"}'


def test_outputs_as_text_are_those_of_the_json(shipped: Shipping, outputs: dict[str, dict[str, str]]) -> None:
    assert outputs["data"]["ItemsTableRef"] == "items-test-items"
    shown = shipped.cumulo("outputs").stdout.split()
    assert {*shown} == {word for stack, values in outputs.items() for word in (stack, *values, *values.values())}


def test_a_second_deploy_changes_nothing_and_says_so(shipped: Shipping) -> None:
    again = shipped.cumulo("deploy")
    assert again.returncode == 0, again.stderr
    assert again.stderr.endswith("nothing has changed\n")
    assert "uploaded" not in again.stderr
    assert "ApiUrl" in again.stdout


def test_diff_tells_whether_what_is_declared_is_deployed(changed: Shipping) -> None:
    same = changed.cumulo("diff", "--exit-code")
    assert (same.returncode, same.stdout) == (0, ""), same.stderr
    changed.declare('Queue(self, "orders")')
    differs = changed.cumulo("diff", "--exit-code")
    assert differs.returncode == 3, differs.stderr
    assert "OrdersQueue" in differs.stdout
    assert changed.cumulo("diff").returncode == 0
    assert changed.stacks() == DEPLOYED


def test_a_failed_deploy_names_its_cause_the_next_one_works_and_remove_removes(changed: Shipping) -> None:
    """A message can't be hidden for longer than 12 hours.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    """
    other = replace(changed, account="100000000002")
    data = other.project / "infra/data.py"
    right = data.read_text()
    other.declare('Queue(self, "orders", override={"VisibilityTimeout": 43201})')

    refused = other.cumulo("deploy")
    assert refused.returncode == 1
    assert "the guidelines find 1 error, so it is not deployed" in refused.stderr
    assert other.stacks() == {}

    failed = other.cumulo("deploy", "--no-check")
    assert failed.returncode == 1
    error = failed.stderr[failed.stderr.index("error: ") :]
    assert error.startswith("error: stack items-test-data, OrdersQueue (AWS::SQS::Queue): Invalid value")
    assert "VisibilityTimeout" in error
    assert "\nhint: " in error
    assert "Traceback" not in failed.stderr
    assert "items-test-api" not in other.stacks()

    data.write_text(right)
    mended = other.cumulo("deploy")
    assert mended.returncode == 0, mended.stderr
    assert other.stacks() == DEPLOYED

    unsure = other.cumulo("remove")
    assert (unsure.returncode, other.stacks()) == (1, DEPLOYED)
    assert "hint: use --yes" in unsure.stderr
    removed = other.cumulo("remove", "--yes")
    assert removed.returncode == 0, removed.stderr
    assert other.stacks() == {}
    with closing(other.client("dynamodb")) as dynamodb, closing(other.client("lambda")) as functions:
        assert dynamodb.list_tables()["TableNames"] == []
        assert functions.list_functions()["Functions"] == []
    nothing = other.cumulo("outputs")
    assert (nothing.returncode, nothing.stdout) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("deploy", "--stage", "nowhere"), "there is no stage 'nowhere'"),
        (("deploy", "--nonsense"), "No such option"),
        (("diff", "one", "two"), "unexpected extra argument"),
        (("remove", "--project", "nowhere"), "does not exist"),
        (("outputs", "--stage"), "requires an argument"),
    ],
)
def test_wrong_usage_is_told_apart(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    wrong = cumulo(*arguments, cwd=copy(ITEMS, tmp_path / "items"))
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert said in wrong.stderr
    assert "Traceback" not in wrong.stderr
