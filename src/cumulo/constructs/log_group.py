"""Log groups with the stage's retention: every construct that logs has one of its own."""

from __future__ import annotations

from datetime import timedelta

from troposphere import logs

from cumulo.errors import CumuloError

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def log_group(title: str, name: str, retention: timedelta) -> logs.LogGroup:
    """Return a log group.

    Parameters
    ----------
    title
        Its logical id.
    name
        Its name: ``"/aws/lambda/items-dev-health"``.
    retention
        How long its events are kept: one of the periods that CloudWatch Logs knows.

    Raises
    ------
    CumuloError
        When CloudWatch Logs does not know the period.
    """
    if retention.days not in RETENTION_DAYS:
        nearest = min(RETENTION_DAYS, key=lambda days: abs(days - retention.days))
        raise CumuloError(
            f"CloudWatch Logs keeps no logs for {retention.days} days",
            where=f"log group {name}",
            hint=f"use days({nearest})",
        )
    return logs.LogGroup(title, LogGroupName=name, RetentionInDays=retention.days)
