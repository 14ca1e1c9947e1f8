"""Function: a Lambda function with a role, a log group and links of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Literal

from troposphere import Sub, awslambda, iam

from cumulo.constructs.environment import check_environment
from cumulo.constructs.log_group import log_group
from cumulo.constructs.metric import Metric
from cumulo.model.checks import check_duration, check_list, check_type
from cumulo.model.construct import Construct
from cumulo.model.links import Grant, Link, Linkable, Value, merged
from cumulo.model.names import physical, variable
from cumulo.model.references import Reference
from cumulo.model.stack import Stack
from cumulo.model.units import seconds

HOST_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
ASSET_BUCKET = "cumulo-assets-${AWS::AccountId}-${AWS::Region}"
# Stands where a code asset's name would while nothing is packaged.
NOT_PACKAGED = "not-packaged.zip"
Architecture = Literal["arm64", "x86_64"]
ARCHITECTURES: tuple[Architecture, ...] = ("arm64", "x86_64")
LONGEST_TIMEOUT = seconds(900)
HANDLER_HINT = 'write "package.module.function", relative to the project'
LINK_HINT = "link to a construct, or to a part of it: links=[table.get(), queue.send()]"
# A role is known to the whole account, so its name carries the region; the longest region name has 14 letters.
ROLE_NAME_LIMIT = 64 - len("-ap-southeast-1")


class Function(Construct):
    """A Lambda function. It may do what its links say, and nothing else.

    Parameters
    ----------
    scope, id
        The stack and the function's name in it.
    handler
        ``package.module.function``, relative to the project.
    links
        What it works with: ``[table, queue.send()]``. Each gives the role the actions on that one resource and
        the function the environment variable that tells where it is.
    memory
        Memory in MB, 128 to 10240.
    timeout
        Longest time for one event, at most 15 minutes.
    environment
        More environment variables.
    architecture
        ``"arm64"`` or ``"x86_64"``.
    python
        Minor version of Python, ``"3.12"``; by default that of the interpreter that runs Cumulo.
    reserved_concurrency
        How many events it may work on at once; by default as many as the account allows.
    retention
        How long its logs are kept; by default the stage's retention.
    description
        What it is for.

    Notes
    -----
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html

    Examples
    --------
    >>> from cumulo import App, Stage, Table
    >>> stack = Stack(App("items", Stage("dev")), "api")
    >>> table = Table(stack, "items", partition_key="PK")
    >>> function = Function(stack, "get-item", handler="functions.items.get", links=[table.get()])
    >>> function.name
    'items-dev-get-item'
    """

    kind: ClassVar[str] = "function"
    name_limit: ClassVar[int] = 64

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        handler: str,
        links: Sequence[Linkable] = (),
        memory: int = 512,
        timeout: timedelta = seconds(30),  # noqa: B008
        environment: Mapping[str, Value] | None = None,
        architecture: Architecture = "arm64",
        python: str | None = None,
        reserved_concurrency: int | None = None,
        retention: timedelta | None = None,
        description: str | None = None,
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        check_list(self.where, "links", links, "table.get(), queue.send()")
        check_environment(self.where, environment or {})
        if retention is not None:
            check_duration(self.where, "retention", retention, unit="days")
        self.handler = handler
        self.timeout = timeout
        self.architecture = architecture
        self.python = python or HOST_PYTHON
        self._check_types(memory, reserved_concurrency)
        self._check(memory, reserved_concurrency)
        self._grants: list[Grant] = []
        self._environment: dict[str, Value] = {
            "POWERTOOLS_SERVICE_NAME": scope.app.name,
            "STAGE": scope.stage.name,
        }
        self.function = self.add(awslambda.Function(self.logical_id()))
        self.role = self.add(self._make_role())
        self.log_group = self.add(
            log_group(self.logical_id("log-group"), f"/aws/lambda/{self.name}", retention or self.stage.retention)
        )
        self.set_asset(NOT_PACKAGED)
        self._describe(memory, reserved_concurrency, description)
        self._grants.append(self._logging())
        for link in links:
            self.link_to(link)
        self._environment.update(environment or {})
        self._apply_links()

    @property
    def arn(self) -> Reference:
        """The function's ARN."""
        return self.reference("Arn")

    def link_to(self, linkable: Linkable) -> None:
        """Link the function to one more thing.

        Raises
        ------
        CumuloError
            When two links want the same environment variable.
        """
        check_type(self.where, "a link", linkable, Linkable, "something to link to", LINK_HINT)
        link = linkable.link()
        for name, value in link.environment.items():
            if self._environment.setdefault(name, value) != value:
                raise self.error(
                    f"two links want the environment variable {name}",
                    hint="give one of the linked things another id",
                )
        self._grants.extend(link.grants)
        self._apply_links()

    def set_asset(self, name: str) -> None:
        """Say which code asset the function runs; synthesis calls this."""
        self.function.Code = awslambda.Code(S3Bucket=Sub(ASSET_BUCKET), S3Key=f"assets/{name}")

    def invoke(self) -> Link:
        """Return a link that may invoke this function."""
        return Link(
            (Grant(("lambda:InvokeFunction",), (self.arn,)),),
            {variable(self.id, "function", "name"): self.reference()},
        )

    def link(self) -> Link:
        """Return :meth:`invoke`."""
        return self.invoke()

    def invocations(self) -> Metric:
        """Return the number of invocations."""
        return self._metric("Invocations")

    def errors(self) -> Metric:
        """Return the number of invocations that failed."""
        return self._metric("Errors")

    def throttles(self) -> Metric:
        """Return the number of invocations that were refused for want of concurrency."""
        return self._metric("Throttles")

    def duration(self, statistic: str = "p99") -> Metric:
        """Return how long invocations take, in milliseconds."""
        return self._metric("Duration", statistic, "ms")

    def concurrent_executions(self) -> Metric:
        """Return how many invocations are under way at once."""
        return self._metric("ConcurrentExecutions", "Maximum")

    def _check_types(self, memory: int, reserved_concurrency: int | None) -> None:
        check_type(self.where, "handler", self.handler, str, "text", HANDLER_HINT)
        check_type(self.where, "memory", memory, int, "a whole number", "write memory=512, in MB")
        check_duration(self.where, "timeout", self.timeout)
        # Without quotes 3.10 would be Python 3.1.
        check_type(self.where, "python", self.python, str, "text", 'write python="3.12"')
        if reserved_concurrency is not None:
            hint = "write reserved_concurrency=10"
            check_type(self.where, "reserved_concurrency", reserved_concurrency, int, "a whole number", hint)

    def _check(self, memory: int, reserved_concurrency: int | None) -> None:
        if not 128 <= memory <= 10240:
            raise self.error(f"a memory of {memory} MB is not possible", hint="use 128 to 10240 MB")
        if not seconds(1) <= self.timeout <= LONGEST_TIMEOUT:
            raise self.error(
                f"a timeout of {self.timeout.total_seconds():g} s is not possible",
                hint="use 1 to 900 seconds",
            )
        if self.architecture not in ARCHITECTURES:
            raise self.error(
                f"there is no architecture {self.architecture!r}", hint=f"use {' or '.join(ARCHITECTURES)}"
            )
        if reserved_concurrency is not None and reserved_concurrency < 0:
            raise self.error("a reserved concurrency is 0 or more")
        module, _, function = self.handler.rpartition(".")
        if not module or not all(part.isidentifier() for part in (*module.split("."), function)):
            raise self.error(f"{self.handler!r} is no handler", hint=HANDLER_HINT)

    def _make_role(self) -> iam.Role:
        name = physical(self.stack.app.name, self.stage.name, self.id, limit=ROLE_NAME_LIMIT)
        return iam.Role(
            self.logical_id("role"),
            RoleName=Sub(f"{name}-${{AWS::Region}}"),
            AssumeRolePolicyDocument=_document(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ),
        )

    def _describe(self, memory: int, reserved_concurrency: int | None, description: str | None) -> None:
        function = self.function
        function.FunctionName = self.name
        function.Handler = self.handler
        function.Runtime = f"python{self.python}"
        function.PackageType = "Zip"
        function.Architectures = [self.architecture]
        function.MemorySize = memory
        function.Timeout = round(self.timeout.total_seconds())
        function.Role = self.value(self.reference("Arn", to=self.role))
        function.LoggingConfig = awslambda.LoggingConfig(LogGroup=self.value(self.reference(to=self.log_group)))
        if self.stage.production:
            function.TracingConfig = awslambda.TracingConfig(Mode="Active")
            # Tracing knows nothing narrower than all resources:
            # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
            self._grants.append(Grant(("xray:PutTelemetryRecords", "xray:PutTraceSegments"), ("*",)))
        if reserved_concurrency is not None:
            function.ReservedConcurrentExecutions = reserved_concurrency
        if description:
            function.Description = description

    def _logging(self) -> Grant:
        return Grant(("logs:CreateLogStream", "logs:PutLogEvents"), (self.reference("Arn", to=self.log_group),))

    def _apply_links(self) -> None:
        self.function.Environment = awslambda.Environment(
            Variables={name: self.value(value) for name, value in sorted(self._environment.items())}
        )
        statements = [
            {
                "Effect": "Allow",
                "Action": list(grant.actions),
                "Resource": _one_or_many(self.value(grant.resources)),
                **({"Condition": grant.conditions} if grant.conditions else {}),
            }
            for grant in merged(self._grants)
        ]
        self.role.Policies = [iam.Policy(PolicyName="links", PolicyDocument=_document(*statements))]

    def _metric(self, name: str, statistic: str = "Sum", unit: str = "count") -> Metric:
        return Metric("AWS/Lambda", name, {"FunctionName": self.reference()}, statistic, unit)


def _document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _one_or_many(resources: list[Any]) -> Any:
    return resources[0] if len(resources) == 1 else resources
