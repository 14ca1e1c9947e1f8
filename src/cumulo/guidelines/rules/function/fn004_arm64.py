"""FN004: functions run on arm64."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.edge import edge_functions
from cumulo.guidelines.relations.generated import written_functions
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.runtimes import X86_ONLY
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_LAYER = "AWS::Lambda::LayerVersion"
_ARM = "arm64"


class FunctionsRunOnArm(TemplateRule):
    """A function runs on arm64, where nothing of it is bound to x86_64.

    Silent for runtimes that arm64 never had, for functions at the edge (CloudFront runs x86_64 only), and where a layer
    of the system is made for x86_64 alone.
    """

    id = "FN004"
    title = "functions run on arm64"
    severity = everywhere(Severity.INFO)
    subject = FUNCTION
    why = "cheaper for the same work"
    fix = "Architectures: [arm64]"
    fix_python = 'architecture="arm64"'
    fix_cdk = "architecture=lambda_.Architecture.ARM_64"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield functions that run on x86_64 and need not."""
        at_the_edge = edge_functions(system)
        for function in written_functions(system):
            if function in at_the_edge or _is_bound(system, function):
                continue
            architectures = function.get("Architectures")
            if all(_is_x86(each) for each in architectures):
                yield self.found(function, "it runs on x86_64", at=architectures[0])


def _is_x86(architectures: Value) -> bool:
    names = [each.text for each in architectures.elements()]
    return architectures.absent or names == ["x86_64"]


def _is_bound(system: System, function: Resource) -> bool:
    """Tell whether something of a function is there for x86_64 only."""
    if any(runtime.text in X86_ONLY for runtime in function.get("Runtime")):
        return True
    for named in function.listed("Layers"):
        layer = system.target(named, _LAYER)
        compatible = [each.text for each in layer.listed("CompatibleArchitectures")] if layer else []
        if compatible and _ARM not in compatible:
            return True
    return False
