"""FN012: Lambda's limits for layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.generated import written_functions
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value


class LayersAreWithinLimits(TemplateRule):
    """A function has at most 5 layers, and of each layer one version.

    Counted are lists that come from elsewhere: a parameter's default, a mapping, ``Fn::Split``. cfn-lint counts those
    that are written out (E3032). The limit of 250 MB unpacked is judged by ``cumulo synth`` for what it packages: a
    template does not say how large its code is.
    """

    id = "FN012"
    title = "at most 5 layers, and of each layer one version"
    severity = everywhere(Severity.WARNING)
    subject = FUNCTION
    why = "hard limits: the deploy fails"
    fix = "put what the layers hold into one, or into the function's package"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
    settings = {"layers": 5}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield functions that Lambda refuses for their layers."""
        for function in written_functions(system):
            for layers in function.get("Layers"):
                elements = layers.elements()
                if len(elements) > self.set["layers"] and not _is_counted_by_cfn_lint(function):
                    message = f"it has {len(elements)} layers: more than {self.set['layers']}"
                    yield self.found(function, message, at=layers)
                for name in _repeated(layers):
                    yield self.found(function, f"it has two versions of the layer {name}", at=layers)


def _is_counted_by_cfn_lint(function: Resource) -> bool:
    properties = function.body.get("Properties")
    return _is_written_out(properties.get("Layers")) if isinstance(properties, Mapping) else False


def _is_written_out(layers: Any) -> bool:
    branches = layers.get("Fn::If") if isinstance(layers, Mapping) else None
    return isinstance(layers, list) or (isinstance(branches, list) and any(_is_written_out(each) for each in branches))


def _repeated(layers: Value) -> Iterator[str]:
    """Yield the names of layers of which several versions stand in a list."""
    always = (element for element in layers.elements() if element.given == layers.given)
    arns = Counter((element.text or "").rpartition(":")[0] for element in always)
    yield from (arn.rpartition(":")[2] for arn, count in arns.items() if arn and count > 1)
