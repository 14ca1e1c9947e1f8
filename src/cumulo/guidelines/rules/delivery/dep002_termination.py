"""DEP002: stacks have termination protection in production."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import System


class StacksAreProtected(TemplateRule):
    """A stack in production is deployed with termination protection.

    Judged where that is known: for apps of Cumulo and of the CDK. A template cannot say it, and a nested stack has that
    of its root.
    """

    id = "DEP002"
    title = "stacks have termination protection in production"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = "AWS::CloudFormation::Stack"
    why = "one command deletes the stack otherwise"
    fix = "termination_protection=True for the stack; in the CDK terminationProtection: true"
    documentation = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield stacks that anybody can delete."""
        for stack in system.stacks:
            if stack.protected is False:
                yield Finding(
                    rule=self.id,
                    severity=self.severity_here(),
                    subject=stack.name,
                    message="it is deployed without termination protection",
                    fix=self.fix,
                    file=stack.file,
                )
