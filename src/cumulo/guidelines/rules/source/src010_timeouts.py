"""SRC010: outgoing HTTP calls have a timeout."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code, Function

_VERBS = {"delete", "get", "head", "options", "patch", "post", "put", "request", "urlopen", "open"}
# What waits for ever when nobody says how long, and what makes the object that such calls are methods of.
_PLAIN = {f"requests.{verb}" for verb in _VERBS} | {"urllib.request.urlopen", "urllib3.request"}
_MAKERS = {
    "requests.Session": "requests", "requests.session": "requests", "requests.sessions.Session": "requests",
    "urllib3.PoolManager": "urllib3", "urllib3.HTTPSConnectionPool": "urllib3", "urllib3.ProxyManager": "urllib3",
    "aiohttp.ClientSession": "aiohttp",
}  # fmt: skip
_CONNECTIONS = {"http.client.HTTPConnection", "http.client.HTTPSConnection"}
_CAREFUL = re.compile(r"httpx\.(?:\w+|(?:Async)?Client\(.*\)\.\w+)")
_OF_MADE = re.compile(r"([\w.]+)\([^()]*\)\.(\w+)")
_GUARDS = {"asyncio.wait_for", "asyncio.timeout", "async_timeout.timeout", "anyio.fail_after", "anyio.move_on_after"}
_SOCKETS = ("urllib.request", "http.client")


class PeersAreNotWaitedFor(SourceRule):
    """A slow peer costs seconds, not the function's whole time.

    httpx waits 5 seconds by itself, boto3 60: they are left alone as long as nobody takes that away.
    """

    id = "SRC010"
    title = "outgoing HTTP calls have a timeout"
    severity = everywhere(Severity.WARNING)
    subject = "Python"
    why = "a slow peer eats the function's time"
    fix = "timeout=5"
    documentation = "https://requests.readthedocs.io/en/latest/user/advanced/#timeouts"

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield calls that wait for ever, or for minutes."""
        timed = frozenset(_timed(code))
        for function, call in (*code.calls, *code.calls_at_import):
            called = code.origin(function, call.func)
            missing = _missing(called, call, timed)
            if (
                missing
                and not (timed & set(_SOCKETS) and called.startswith(_SOCKETS))
                and not _guarded(code, function, call)
            ):
                yield self.found(function.spot(call), missing)


def _missing(called: str, call: ast.Call, timed: frozenset[str]) -> str | None:
    """Tell what is wrong with a call; ``None`` when nothing is, or nobody knows."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    said = given.get("timeout")
    endless = isinstance(said, ast.Constant) and said.value is None
    if endless and (called in _PLAIN or called in _CONNECTIONS or _CAREFUL.fullmatch(called) or _kind(called)):
        return f"{_short(called)}() waits for ever: timeout=None"
    if said is not None or None in given:
        return None
    if called == "urllib.request.urlopen" and len(call.args) > 2:
        return None
    if called in _CONNECTIONS and len(call.args) > 2:
        return None
    if called in _PLAIN or called in _CONNECTIONS:
        return f"{_short(called)}() has no timeout: it waits for ever"
    kind = _kind(called)
    if kind is None or kind in timed:
        return None
    waits = "for five minutes" if kind == "aiohttp" else "for ever"
    return f"{called.rpartition('.')[2]}() has no timeout: {kind} waits {waits}"


def _kind(called: str) -> str | None:
    """Return the library whose object a call is a method of."""
    method = _OF_MADE.fullmatch(called)
    return _MAKERS.get(method[1]) if method and method[2] in _VERBS else None


def _short(called: str) -> str:
    return re.sub(r"\(.*\)", "", called)


def _timed(code: Code) -> Iterator[str]:
    """Yield the libraries whose objects have timeouts of their own, somewhere in the code."""
    for function, call in (*code.calls, *code.calls_at_import):
        called = code.origin(function, call.func)
        names = {keyword.arg for keyword in call.keywords}
        if called in _MAKERS and names & {"timeout", None}:
            yield _MAKERS[called]
        elif called == "socket.setdefaulttimeout":
            yield from _SOCKETS
        elif _mounts_its_own(code, function, call):
            yield "requests"
    for module in code.modules:
        for node in module.nodes:
            # session.request = partial(session.request, timeout=5)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr in _VERBS:
                yield "requests"


def _mounts_its_own(code: Code, function: Function, call: ast.Call) -> bool:
    """Tell whether a session gets an adapter of somebody's own: it may bring a timeout."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "mount" or len(call.args) != 2:
        return False
    return code.origin(function, call.args[1]).partition("(")[0] != "requests.adapters.HTTPAdapter"


def _guarded(code: Code, function: Function, call: ast.Call) -> bool:
    """Tell whether somebody around the call stops the waiting."""
    for node in function.ancestors(call):
        if isinstance(node, ast.AsyncWith | ast.With):
            around = [item.context_expr for item in node.items]
        else:
            around = [node] if isinstance(node, ast.Call) else []
        if any(isinstance(each, ast.Call) and code.origin(function, each.func) in _GUARDS for each in around):
            return True
    return False
