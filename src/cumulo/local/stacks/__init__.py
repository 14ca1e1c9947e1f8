"""From an assembly to a world: stacks are deployed to the emulator, everything comes back resolved."""

from cumulo.local.stacks.deployment import deploy

__all__ = ["deploy"]
