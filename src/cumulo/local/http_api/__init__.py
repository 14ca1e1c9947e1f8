"""API Gateway's HTTP APIs (version 2), run on this machine.

:func:`~cumulo.local.http_api.app.http_api` builds an app from an API's resources, and
:func:`~cumulo.local.http_api.serving.serve` serves it on 127.0.0.1.
"""
