"""``python -m benchmarks [subject ...]``: measure and print Markdown; all subjects when none is named."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

SUBJECTS = (
    "request",
    "jwt",
    "start",
    "reload",
    "synth",
    "cli",
    "check",
    "memory",
    "size",
    "cold",
    "permissions",
    "schedules",
)


def main(names: list[str]) -> int:
    """Measure the subjects that are named."""
    unknown = [name for name in names if name not in SUBJECTS]
    if unknown:
        print(f"no such subject: {', '.join(unknown)}; there are: {', '.join(SUBJECTS)}", file=sys.stderr)
        return 2
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine()}\n")
    for name in names or SUBJECTS:
        print(f"{name}:", file=sys.stderr, flush=True)
        before, stolen = os.getloadavg()[0], _stolen()
        title, *tables = importlib.import_module(f"benchmarks.{name}").measure()
        print(f"## {title}\n\n" + "\n\n".join(tables))
        taken = [after - at_first for after, at_first in zip(_stolen(), stolen, strict=True)]
        print(
            f"\nLoad average before: {before:.1f}, after: {os.getloadavg()[0]:.1f}; other guests of the host took "
            f"{taken[0] / taken[1]:.0%} of the processors' time.\n",
            flush=True,
        )
    return 0


def _stolen() -> tuple[int, int]:
    """Return the ticks that the host gave to others while we wanted to run, and all ticks that were used.

    https://man7.org/linux/man-pages/man5/proc_stat.5.html
    """
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    )
    return steal, user + nice + system + irq + softirq + steal


def machine() -> str:
    """Return what this machine is, in a line."""
    about = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":")[1].strip() for line in about.splitlines() if line.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({model or platform.machine()}), {memory:.0f} GiB, Python {platform.python_version()}"
    )


sys.exit(main(sys.argv[1:]))
