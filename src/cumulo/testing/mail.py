"""The e-mails of a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from cumulo.local.mail import Mail


class Mails(Sequence[Mail]):
    """The e-mails that were sent since it was made, oldest first; it looks again each time that it is asked.

    Parameters
    ----------
    sent
        Gives all e-mails.

    Examples
    --------
    >>> def test_sign_in(cloud, mail):
    ...     cloud.client().post("/sign-in", json={"email": "ann@example.com"})
    ...     assert mail[-1].to == ("ann@example.com",)
    """

    def __init__(self, sent: Callable[[], Sequence[Mail]]) -> None:
        self._sent = sent
        self._before = {mail.id for mail in sent()}

    def __len__(self) -> int:
        return len(self._list())

    @overload
    def __getitem__(self, place: int) -> Mail: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Mail]: ...
    def __getitem__(self, place: int | slice) -> Mail | Sequence[Mail]:
        return self._list()[place]

    def __repr__(self) -> str:
        return repr(self._list())

    def to(self, address: str) -> list[Mail]:
        """Return those that were sent to an address."""
        return [mail for mail in self if address in mail.to]

    def _list(self) -> list[Mail]:
        return [mail for mail in self._sent() if mail.id not in self._before]
