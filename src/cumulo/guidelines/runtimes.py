"""When AWS stops supporting each Lambda runtime.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, as of August 2026. A runtime without an announced end
is not in the table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

END_OF_SUPPORT: Mapping[str, date] = {
    name: date.fromisoformat(day)
    for name, day in {
        "dotnet10": "2028-11-14",
        "dotnet8": "2026-11-10",
        "dotnet6": "2024-12-20",
        "dotnetcore3.1": "2023-04-03",
        "dotnetcore2.1": "2022-01-05",
        "dotnetcore2.0": "2019-05-30",
        "dotnetcore1.0": "2019-06-27",
        "go1.x": "2024-01-08",
        "java25": "2029-06-30",
        "java21": "2029-06-30",
        "java17": "2027-06-30",
        "java11": "2027-06-30",
        "java8.al2": "2027-06-30",
        "java8": "2024-01-08",
        "nodejs24.x": "2028-04-30",
        "nodejs22.x": "2027-04-30",
        "nodejs20.x": "2026-04-30",
        "nodejs18.x": "2025-09-01",
        "nodejs16.x": "2024-06-12",
        "nodejs14.x": "2023-12-04",
        "nodejs12.x": "2023-03-31",
        "nodejs10.x": "2021-07-30",
        "nodejs8.10": "2020-03-06",
        "nodejs6.10": "2019-08-12",
        "nodejs4.3": "2020-03-05",
        "nodejs4.3-edge": "2020-03-05",
        "nodejs": "2016-08-30",
        "provided.al2023": "2029-06-30",
        "provided.al2": "2026-07-31",
        "provided": "2024-01-08",
        "python3.14": "2029-06-30",
        "python3.13": "2029-06-30",
        "python3.12": "2028-10-31",
        "python3.11": "2027-06-30",
        "python3.10": "2026-10-31",
        "python3.9": "2025-12-15",
        "python3.8": "2024-10-14",
        "python3.7": "2023-12-04",
        "python3.6": "2022-07-18",
        "python2.7": "2021-07-15",
        "ruby4.0": "2029-03-31",
        "ruby3.4": "2028-03-31",
        "ruby3.3": "2027-03-31",
        "ruby3.2": "2026-03-31",
        "ruby2.7": "2023-12-07",
        "ruby2.5": "2021-07-30",
    }.items()
}
"""The day from which a runtime gets no security fixes: AWS's "deprecation date"."""

NEWEST: Mapping[str, str] = {
    "dotnet": "dotnet10",
    "dotnetcore": "dotnet10",
    "go": "provided.al2023",
    "java": "java25",
    "nodejs": "nodejs24.x",
    "provided": "provided.al2023",
    "python": "python3.14",
    "ruby": "ruby4.0",
}
"""The newest runtime of each family."""

X86_ONLY = frozenset(
    (
        "dotnetcore1.0",
        "dotnetcore2.0",
        "dotnetcore2.1",
        "go1.x",
        "java8",
        "nodejs",
        "nodejs10.x",
        "nodejs4.3",
        "nodejs4.3-edge",
        "nodejs6.10",
        "nodejs8.10",
        "provided",
        "python2.7",
        "python3.6",
        "python3.7",
        "ruby2.5",
    )
)
"""Runtimes that there never were for arm64."""


def newest(runtime: str) -> str | None:
    """Return the newest runtime of the same family.

    Examples
    --------
    >>> newest("python3.9")
    'python3.14'
    """
    family = re.match(r"[a-z]+", runtime)
    return NEWEST.get(family[0]) if family else None
