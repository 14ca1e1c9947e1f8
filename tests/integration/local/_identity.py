"""A small system with sign-in by a code that is sent by e-mail."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from cumulo.local.cloud import Cloud

REGION = "eu-central-1"
PASSWORD = "correct horse battery 7S!"
APP = """
from cumulo import App, EmailSender, Function, HttpApi, Stack, UserPool, hours, seconds

TRIGGERS = (
    "define_auth_challenge", "create_auth_challenge", "verify_auth_challenge_response", "pre_sign_up",
    "pre_authentication", "post_authentication", "post_confirmation", "pre_token_generation",
)


class Door(Stack):
    def __init__(self, app):
        super().__init__(app, "door")
        sender = EmailSender(self, "sender", address="door@example.com")
        links = {"create_auth_challenge": [sender.send()]}
        triggers = {
            name: Function(
                self, name.replace("_", "-"), handler=f"functions.{name}", links=links.get(name, []), timeout=seconds(5)
            )
            for name in TRIGGERS
        }
        users = UserPool(self, "users", triggers=triggers)
        phone = users.client("phone", flows=("CUSTOM_AUTH", "REFRESH_TOKEN_AUTH"), access_token=hours(2))
        other = users.client("other", flows=("USER_PASSWORD_AUTH", "CUSTOM_AUTH"))
        api = HttpApi(self, "api", authorizer=users.authorizer(phone))
        api.route("GET /me", Function(self, "me", handler="functions.me"))
        api.route("GET /open", Function(self, "open", handler="functions.me"), authorizer=None)
        Function(self, "post", handler="functions.post", links=[sender.send()])
        Function(self, "admin", handler="functions.admin", links=[users.admin("AdminGetUser")])


def app(stage):
    app = App("house", stage)
    Door(app)
    return app
"""
FUNCTIONS = """
import json
import os
from cumulo.runtime import linked


def me(event, context):
    return event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {})


def _note(event):
    print("EVENT " + json.dumps(event))


def define_auth_challenge(event, context):
    _note(event)
    session = event["request"]["session"]
    if (event["request"].get("clientMetadata") or {}).get("fail"):
        raise ValueError("defining failed")
    event["response"]["issueTokens"] = bool(session) and session[-1]["challengeResult"] is True
    event["response"]["failAuthentication"] = not event["response"]["issueTokens"] and len(session) >= 3
    event["response"]["challengeName"] = "CUSTOM_CHALLENGE"
    return event


def create_auth_challenge(event, context):
    _note(event)
    to = event["request"]["userAttributes"].get("email")
    if to and not event["request"]["session"]:
        linked.email("sender").send(to=to, subject="Your code", text="123321", html="<b>123321</b>")
    event["response"] = {
        "publicChallengeParameters": {"hint": "mail"},
        "privateChallengeParameters": {"code": "123321"},
        "challengeMetadata": "CODE",
    }
    return event


def verify_auth_challenge_response(event, context):
    _note(event)
    request = event["request"]
    event["response"]["answerCorrect"] = request["privateChallengeParameters"]["code"] == request["challengeAnswer"]
    return event


def pre_sign_up(event, context):
    _note(event)
    if event["request"]["userAttributes"]["email"].startswith("eve"):
        raise ValueError("not you")
    if event["request"]["userAttributes"]["email"].startswith("odd"):
        return "odd"
    event["response"]["autoConfirmUser"] = not event["request"]["userAttributes"]["email"].startswith("slow")
    event["response"]["autoVerifyEmail"] = True
    return event


def pre_authentication(event, context):
    _note(event)
    if (event["request"].get("validationData") or {}).get("banned"):
        raise ValueError("banned")
    return event


def post_authentication(event, context):
    _note(event)
    return event


def post_confirmation(event, context):
    _note(event)
    return event


def pre_token_generation(event, context):
    _note(event)
    event["response"]["claimsOverrideDetails"] = {"claimsToAddOrOverride": {"house": "red"}}
    return event


def post(event, context):
    import boto3
    source = event.get("from", os.environ["SENDER_EMAIL_ADDRESS"])
    if event.get("version") == 1:
        boto3.client("ses").send_email(
            Source=source,
            Destination={"ToAddresses": ["ann@example.com"]},
            Message={"Subject": {"Data": "one"}, "Body": {"Text": {"Data": "1"}}},
        )
    else:
        boto3.client("sesv2").send_email(
            FromEmailAddress=source,
            Destination={"ToAddresses": ["ann@example.com"], "BccAddresses": ["bob@example.com"]},
            Content={"Simple": {"Subject": {"Data": "two"}, "Body": {"Html": {"Data": "<i>2</i>"}}}},
        )


def admin(event, context):
    import boto3
    client = boto3.client("cognito-idp")
    pool = os.environ["USERS_POOL_ID"]
    if event.get("list"):
        client.list_users(UserPoolId=pool)
    return client.admin_get_user(UserPoolId=pool, Username=event["name"])["UserStatus"]
"""


def write_project(folder: Path) -> Path:
    (folder / "pyproject.toml").write_text("[tool.cumulo]\n")
    (folder / "app.py").write_text(APP)
    (folder / "functions.py").write_text(FUNCTIONS)
    return folder


def cognito(cloud: Cloud) -> Any:
    """A client as an app has it: without credentials."""
    config = Config(signature_version=UNSIGNED, retries={"max_attempts": 0})
    return boto3.client("cognito-idp", endpoint_url=cloud.emulator.endpoint, region_name=REGION, config=config)


def root(cloud: Cloud, service: str) -> Any:
    keys = cloud.emulator.root_credentials(cloud.place.account)
    return boto3.client(
        service,
        endpoint_url=cloud.emulator.endpoint,
        region_name=REGION,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
    )


def aws(cloud: Cloud, *arguments: str) -> str:
    """Run the AWS CLI without credentials, as an app would."""
    command = [Path(sys.executable).with_name("aws"), "--endpoint-url", cloud.emulator.endpoint, "--region", REGION]
    kept: Mapping[str, str] = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**kept, "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [*command, "--output", "json", *arguments], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout
