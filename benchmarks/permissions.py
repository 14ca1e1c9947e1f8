"""How many (function, action) pairs a five-route CRUD app may use, and how many it needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.harness import APPS, BIN, folder_of, row, run, table

ROUTES = 5
# What SAM and CDK attach to every function:
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html
BASIC = "AWSLambdaBasicExecutionRole"
BASIC_ACTIONS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
TRANSLATE = """
import json
from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform
class Policies:
    def load(self):
        return {"AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}
template = yaml_parse(open("template.yaml").read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://bucket/key"
template["Globals"]["Function"].pop("CodeUri")
print(json.dumps(transform(template, {}, Policies())))
"""
HOW = f"""
A pair is an action that the code of one route may use: the distinct actions that its function's role allows, over
inline, attached and managed policies, each counted once however many resources it covers. The app has {ROUTES} routes
on one table: create (`PutItem`), get (`GetItem`), list by index (`Query`), update (`UpdateItem`), delete
(`DeleteItem`); each also has to create its log stream and write to it (`logs:CreateLogStream`, `logs:PutLogEvents`). So
{ROUTES} times 3 = {ROUTES * 3} pairs are needed, and logging counts alike for all. Chalice runs all routes in one
function: the code of each may do what that function may, so its actions count {ROUTES} times. "On `*`" are pairs whose
resource names nothing (`*`, or only `*` where an ARN names account and resource). "Beyond" are pairs granted and not
needed. Chalice's policy is the one that it makes from the source, SAM's is `DynamoDBCrudPolicy`, CDK's are
`grant_read_data` and `grant_write_data` as they fit each route, osls' is the shared role of its guide.
""".strip()


def measure() -> list[str]:
    """Return the title and the tables."""
    rows = [
        row("Cumulo", cumulo, "a link for each function"),
        row("Chalice", chalice, "autogen_policy"),
        row("SAM", sam, "DynamoDBCrudPolicy"),
        row("CDK", cdk, "grant_read_data, grant_write_data"),
        row("osls", osls, "provider.iam.role.statements"),
    ]
    columns = ("granted", "needed", "beyond", "on `*`")
    return ["permissions: (function, action) pairs of a five-route CRUD app", HOW, table(columns, rows)]


def cumulo() -> Sequence[float]:
    with folder_of(APPS / "crud") as folder:
        run([BIN / "cumulo", "synth", "--no-assets"], folder)
        return _count(_read(folder / ".cumulo" / "out" / "dev" / "api.template.json"))


def chalice() -> Sequence[float]:
    with folder_of(APPS / "crud") as folder:
        run([peers.python(*peers.CHALICE) / "chalice", "package", "out"], folder / "chalice")
        return _count(_read(folder / "chalice" / "out" / "sam.json"))


def sam() -> Sequence[float]:
    with folder_of(APPS / "crud") as folder:
        return _count(json.loads(run([peers.python(*peers.SAM) / "python", "-c", TRANSLATE], folder)))


def cdk() -> Sequence[float]:
    library, cli = peers.python(*peers.CDK), peers.node(*peers.CDK_CLI)
    with folder_of(APPS / "crud") as folder:
        run([cli / "cdk", "synth", "--quiet", "--app", f"{library / 'python'} cdk_app.py"], folder)
        return _count(_read(folder / "cdk.out" / "crud-dev.template.json"))


def osls() -> Sequence[float]:
    with folder_of(APPS / "crud") as folder:
        run([peers.node(*peers.OSLS) / "osls", "package"], folder)
        return _count(_read(folder / ".serverless" / "cloudformation-template-update-stack.json"))


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text())


def _count(template: Mapping[str, Any]) -> Sequence[float]:
    """Return the pairs granted, needed, beyond, and on `*`."""
    resources = template["Resources"]
    functions = [
        resource["Properties"]["Role"]["Fn::GetAtt"][0]
        for resource in resources.values()
        if resource["Type"] in ("AWS::Lambda::Function", "AWS::Serverless::Function")
    ]
    each = ROUTES // len(functions)
    assert each * len(functions) == ROUTES, f"{len(functions)} functions for {ROUTES} routes"
    grants = [_actions(resources, role) for role in functions]
    granted = each * sum(len(actions) for actions in grants)
    everywhere = each * sum(any(map(_is_everything, found)) for actions in grants for found in actions.values())
    needed = ROUTES * 3
    return granted, needed, granted - needed, everywhere


def _actions(resources: Mapping[str, Any], role: str) -> dict[str, list[Any]]:
    """Return the actions that a role allows, and on which resources."""
    actions: dict[str, list[Any]] = {}
    for statement in chain.from_iterable(_as_list(d["Statement"]) for d in _documents(resources, role)):
        for action in _as_list(statement["Action"]):
            assert "*" not in action, f"{action} is more than one action"
            actions.setdefault(action, []).extend(_as_list(statement["Resource"]))
    return actions


def _documents(resources: Mapping[str, Any], role: str) -> Iterator[Mapping[str, Any]]:
    properties = resources[role]["Properties"]
    yield from (policy["PolicyDocument"] for policy in properties.get("Policies", ()))
    for managed in properties.get("ManagedPolicyArns", ()):
        assert BASIC in json.dumps(managed), f"the managed policy {managed} is not known here"
        yield {"Statement": {"Action": BASIC_ACTIONS, "Resource": "*"}}
    for resource in resources.values():
        if resource["Type"] == "AWS::IAM::Policy" and {"Ref": role} in resource["Properties"]["Roles"]:
            yield resource["Properties"]["PolicyDocument"]


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _is_everything(resource: Any) -> bool:
    text = resource.get("Fn::Sub") if isinstance(resource, dict) else resource
    return isinstance(text, str) and (text == "*" or text.split(":", 3)[-1].replace(":", "").strip("*") == "")
