"""What functions import, on AWS Lambda Powertools. It needs the extra ``cumulo[runtime]`` and nothing else of Cumulo.

- :mod:`cumulo.runtime.linked`: clients of the resources that a function is linked to;
- :mod:`cumulo.runtime.keys` and :mod:`cumulo.runtime.repository`: items of a single table;
- :mod:`cumulo.runtime.cursors`: page cursors that cannot be read or tampered with;
- :mod:`cumulo.runtime.http`: handlers behind an HTTP API, with one error shape and request ids;
- :mod:`cumulo.runtime.api_key`: callers known by an API key;
- :mod:`cumulo.runtime.openapi`: the OpenAPI document and a page to read it;
- :mod:`cumulo.runtime.errors`: the refusals that the parts above raise.

Import the modules you use: importing this package alone imports nothing.
"""
