"""FN006: failed events of asynchronous callers go somewhere."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.calling import asynchronous_callers, function_named
from cumulo.guidelines.relations.generated import written_functions
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System


class FailedEventsAreKept(TemplateRule):
    """A function that is invoked asynchronously has a failure destination or a dead-letter queue."""

    id = "FN006"
    title = "an asynchronously invoked function has a failure destination or dead-letter queue"
    severity = everywhere(Severity.WARNING)
    subject = FUNCTION
    why = "failed events vanish otherwise"
    fix = "DeadLetterConfig: {TargetArn: !GetAtt FailedEvents.Arn}"
    fix_sam = "DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt FailedEvents.Arn}"
    fix_cdk = "dead_letter_queue=failed_events"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield functions whose failed events are thrown away."""
        all_callers = asynchronous_callers(system)
        for function in written_functions(system):
            callers = all_callers.get(function)
            if callers and not _keeps_failures(system, function):
                names = ", ".join(sorted(callers))
                yield self.found(function, f"an event from {names} that keeps failing is lost")


def _keeps_failures(system: System, function: Resource) -> bool:
    if any(not target.absent for target in function.get("DeadLetterConfig", "TargetArn")):
        return True
    for config in system.of_type("AWS::Lambda::EventInvokeConfig"):
        names = config.get("FunctionName")
        targets = config.get("DestinationConfig", "OnFailure", "Destination")
        if any(function_named(system, name) is function for name in names) and not all(t.absent for t in targets):
            return True
    return False
