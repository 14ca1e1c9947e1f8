"""What all tests need: a process that Ctrl-C reaches, and properties that are judged by their outcome only."""

import signal

from hypothesis import HealthCheck, settings

# A shell starts background jobs with SIGINT ignored, and what tests start would inherit that: `make test &`, some CI.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A machine that does other work is slow at times, and that is no mistake.
settings.register_profile("cumulo", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cumulo")
