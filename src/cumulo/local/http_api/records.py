"""What the gateway writes into the journal."""

from __future__ import annotations

from cumulo.local.http_api.access_log import access_log
from cumulo.local.http_api.definition import Api
from cumulo.local.http_api.exchange import Exchange
from cumulo.local.journal import Entry, Recorder


class Records:
    """Writes an API's requests, access log lines and problems into the journal.

    Parameters
    ----------
    api
        The API; its name is the subject of the entries.
    recorder
        Takes the entries.
    """

    def __init__(self, api: Api, recorder: Recorder) -> None:
        self._api = api
        self._recorder = recorder
        self._lines = {stage.name: access_log(stage.log_format) for stage in api.stages if stage.log_format}

    def request(self, exchange: Exchange) -> None:
        """Record a finished request: an entry for people and metrics, and the access log line of its stage."""
        request = exchange.request
        path = request.path if request.path.isprintable() else request.raw_path
        name = self._api.name
        reason = exchange.integration_error or exchange.authorizer_error
        entry = Entry(
            request.time,
            "request",
            name,
            f"{request.method} {path} {exchange.status} {exchange.latency:.1f} ms{f': {reason}' if reason else ''}",
            request_id=request.id,
            level="ERROR" if exchange.status >= 500 else "INFO",
            data={
                "method": request.method,
                "path": request.path,
                "route": exchange.route_key,
                "status": exchange.status,
                "latency_ms": exchange.latency,
                "integration_latency_ms": exchange.integration_latency,
                "bytes": len(request.body) + exchange.response_length,
                "api": self._api.id,
                "stage": exchange.stage,
            },
        )
        self._recorder.append(entry)
        line = self._lines.get(exchange.stage or "")
        if line is not None:
            self._recorder.append(Entry(request.time, "log", name, line(exchange), request_id=request.id))

    def problem(self, text: str, exchange: Exchange) -> None:
        """Record something that the developer has to mend."""
        request = exchange.request
        entry = Entry(request.time, "system", self._api.name, text, request_id=request.id, level="ERROR")
        self._recorder.append(entry)
