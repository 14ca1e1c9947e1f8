"""What runs in the emulator's own environment: the emulator's ASGI app behind a guard, with its state kept.

It is started as ``python -m launcher`` by :mod:`cumulo.local.emulator.process` and imports nothing of ``cumulo``.
"""
