"""The outputs of a stage's stacks as they are deployed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cumulo.assembly import Assembly
from cumulo.delivery import stacks
from cumulo.delivery.session import Target, aws_errors
from cumulo.errors import CumuloError

Outputs = Mapping[str, Mapping[str, str]]


def deployed_outputs(assembly: Assembly, target: Target) -> Outputs:
    """Return the outputs of what is deployed: stack id → output name → value.

    Raises
    ------
    CumuloError
        When nothing of the stage is deployed.
    """
    with aws_errors():
        found = stacks.all_deployed(target)
    names = {stack.name for stack in assembly.stacks} | stacks.of_app(found, assembly.app, assembly.stage).keys()
    outputs = {
        stacks.id_of(assembly, name): stack.outputs for name, stack in found.items() if name in names and stack.exists
    }
    if not outputs:
        raise CumuloError(
            f"nothing of {assembly.app!r} is deployed as {assembly.stage!r} in {target.account}, {target.region}",
            hint=f"run `cumulo deploy --stage {assembly.stage}`, or look into another --region or --profile",
        )
    return outputs


def lines(outputs: Outputs) -> Sequence[str]:
    """Return outputs as lines for people: each stack, then its names and values in columns."""
    width = max((len(name) for values in outputs.values() for name in values), default=0)
    out: list[str] = []
    for stack, values in outputs.items():
        if values:
            out.append(stack)
            out += [f"  {name:<{width}}  {value}" for name, value in values.items()]
    return out
