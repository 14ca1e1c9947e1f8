"""What all tests need: a process that Ctrl-C reaches.

A shell starts background jobs with SIGINT ignored, and what tests start would inherit that: `make test &`, some CI.
"""

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
