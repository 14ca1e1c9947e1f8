"""Access log lines in the format that a stage declares, compiled once.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from json.encoder import encode_basestring

from cumulo.local.http_api.exchange import Exchange
from cumulo.local.http_api.variables import context_variable

_REFERENCE = re.compile(r"\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_-]+)*)")

# Written with their own quotes already.
_QUOTED = "error.messageString"


def access_log(format_: str) -> Callable[[Exchange], str]:
    """Compile an access log format.

    Variables without a value become ``-``. Values are escaped as in JSON, so that a request can neither end a
    line nor break the quotes of a JSON format.

    Parameters
    ----------
    format_
        ``AccessLogSettings.Format`` of an ``AWS::ApiGatewayV2::Stage``: a single line.

    Returns
    -------
    Callable[[Exchange], str]
        Makes the line of a finished request.
    """
    pieces = _REFERENCE.split(format_)
    # split() alternates between text and variable names.
    template = "".join(piece.replace("%", "%%") if position % 2 == 0 else "%s" for position, piece in enumerate(pieces))
    writers = tuple(_writer(name) for name in pieces[1::2])
    return lambda exchange: template % tuple([write(exchange) for write in writers])


def _writer(name: str) -> Callable[[Exchange], str]:
    variable = context_variable(name)
    if name == _QUOTED:
        return lambda exchange: str(variable(exchange) or "-")

    def write(exchange: Exchange) -> str:
        value = variable(exchange)
        if value is None or value == "":
            return "-"
        if isinstance(value, str):
            return encode_basestring(value)[1:-1]
        return str(value) if type(value) is int else json.dumps(value, ensure_ascii=False)

    return write
