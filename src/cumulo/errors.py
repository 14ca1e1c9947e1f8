"""The one error that Cumulo raises for mistakes a person can mend."""

from __future__ import annotations


class CumuloError(Exception):
    """A mistake that its reader can mend: what is wrong, where, and what to do.

    The command line prints it as one line with an optional ``hint:``, never as a traceback.

    Parameters
    ----------
    what
        What is wrong, in one sentence without a full stop.
    where
        The file, stack, construct or resource it concerns.
    hint
        What to do next.

    Examples
    --------
    >>> print(CumuloError("memory is 100000 MB", where="function 'create'", hint="use 128 to 10240"))
    function 'create': memory is 100000 MB
    hint: use 128 to 10240
    """

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return f"{line}\nhint: {self.hint}" if self.hint else line


class UsageError(CumuloError):
    """The command was used wrongly: the command line exits with 2 instead of 1."""
