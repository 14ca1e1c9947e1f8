"""The local cloud: an assembly, running on this machine."""
