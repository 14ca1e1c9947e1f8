"""Cumulo: serverless backends on AWS in Python.

The names that a team declares its system with. They are loaded when they are first used, so that
``import cumulo.runtime`` inside a function loads nothing else.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cumulo.constructs.alarm import Alarm
    from cumulo.constructs.authorizer import JwtAuthorizer, LambdaAuthorizer
    from cumulo.constructs.bucket import Bucket
    from cumulo.constructs.dashboard import Dashboard
    from cumulo.constructs.email_sender import EmailSender
    from cumulo.constructs.function import Function
    from cumulo.constructs.http_api import Cors, HttpApi, Throttle
    from cumulo.constructs.metric import Expression, Metric
    from cumulo.constructs.parameter import Parameter
    from cumulo.constructs.queue import Queue
    from cumulo.constructs.schedule import Schedule
    from cumulo.constructs.schedule_group import ScheduleGroup
    from cumulo.constructs.secret import Secret
    from cumulo.constructs.table import Table
    from cumulo.constructs.topic import Topic
    from cumulo.constructs.user_pool import UserPool, UserPoolClient
    from cumulo.errors import CumuloError
    from cumulo.model.app import App
    from cumulo.model.construct import Construct
    from cumulo.model.links import Grant, Link
    from cumulo.model.stack import Stack
    from cumulo.model.stage import Stage
    from cumulo.model.units import days, hours, minutes, seconds

__all__ = [
    "Alarm",
    "App",
    "Bucket",
    "Construct",
    "Cors",
    "CumuloError",
    "Dashboard",
    "EmailSender",
    "Expression",
    "Function",
    "Grant",
    "HttpApi",
    "JwtAuthorizer",
    "LambdaAuthorizer",
    "Link",
    "Metric",
    "Parameter",
    "Queue",
    "Schedule",
    "ScheduleGroup",
    "Secret",
    "Stack",
    "Stage",
    "Table",
    "Throttle",
    "Topic",
    "UserPool",
    "UserPoolClient",
    "days",
    "hours",
    "minutes",
    "seconds",
]

_HOME = {
    "Alarm": "constructs.alarm",
    "App": "model.app",
    "Bucket": "constructs.bucket",
    "Construct": "model.construct",
    "Cors": "constructs.http_api",
    "CumuloError": "errors",
    "Dashboard": "constructs.dashboard",
    "EmailSender": "constructs.email_sender",
    "Expression": "constructs.metric",
    "Function": "constructs.function",
    "Grant": "model.links",
    "HttpApi": "constructs.http_api",
    "JwtAuthorizer": "constructs.authorizer",
    "LambdaAuthorizer": "constructs.authorizer",
    "Link": "model.links",
    "Metric": "constructs.metric",
    "Parameter": "constructs.parameter",
    "Queue": "constructs.queue",
    "Schedule": "constructs.schedule",
    "ScheduleGroup": "constructs.schedule_group",
    "Secret": "constructs.secret",
    "Stack": "model.stack",
    "Stage": "model.stage",
    "Table": "constructs.table",
    "Throttle": "constructs.http_api",
    "Topic": "constructs.topic",
    "UserPool": "constructs.user_pool",
    "UserPoolClient": "constructs.user_pool",
    "days": "model.units",
    "hours": "model.units",
    "minutes": "model.units",
    "seconds": "model.units",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'cumulo' has no attribute {name!r}")
    value: object = vars(importlib.import_module(f"cumulo.{_HOME[name]}"))[name]
    globals()[name] = value
    return value
