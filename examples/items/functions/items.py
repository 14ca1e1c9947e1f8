"""All item routes. Each has a Lambda function of its own, with this handler and its own grants."""

from items import routes

from cumulo.runtime import http, linked
from cumulo.runtime.api_key import require_api_key

app = http.resolver()
app.include_router(routes.router)
handler = http.handler(app, guards=[require_api_key(linked.secret("api-key"))])

# Makes the client now: while Lambda initialises the environment, and not in the first request.
routes.items()
