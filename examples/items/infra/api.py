"""The front door: one function for each route, each with the grants its code needs and no others."""

from cumulo import App, Cors, Function, HttpApi, LambdaAuthorizer, Link, Stack, Throttle, seconds
from infra.data import Data


class Api(Stack):
    """The HTTP API and its functions."""

    def __init__(self, app: App, *, data: Data) -> None:
        super().__init__(app, "api")
        items, api_key = data.items, data.api_key.read()
        # Bring your own authorizer: without its ARN the item routes are guarded by the API key alone.
        arn = self.stage.settings.get("AUTHORIZER_ARN")
        self.api = HttpApi(
            self,
            "api",
            authorizer=LambdaAuthorizer("own", arn) if arn else None,
            throttle=Throttle(burst=100, rate=50),
            cors=Cors(
                origins=self.stage.origins,
                headers=("authorization", "content-type", "x-api-key", "x-correlation-id"),
                expose=("x-request-id", "x-correlation-id"),
            ),
        )
        self.functions: list[Function] = []
        self._item_route("POST /items", "create-item", items.put(), api_key)
        self._item_route("GET /items", "list-items", items.query("GSI1"), api_key, data.cursor_key.read())
        self._item_route("GET /items/{id}", "get-item", items.get(), api_key)
        self._item_route("PATCH /items/{id}", "change-item", items.update(), api_key)
        self._item_route("DELETE /items/{id}", "delete-item", items.delete(), api_key)
        self._open_routes()

    def _item_route(self, route: str, name: str, *links: Link) -> None:
        function = Function(
            self,
            name,
            handler="functions.items.handler",
            links=links,
            memory=1024,
            timeout=seconds(30),
            environment={"LOG_LEVEL": self.stage.settings["LOG_LEVEL"]},
        )
        self.functions.append(function)
        self.api.route(route, function)

    def _open_routes(self) -> None:
        """Add the routes that anyone may call."""
        health = Function(self, "health", handler="functions.health.handler", memory=128, timeout=seconds(3))
        docs = Function(self, "docs", handler="functions.docs.handler", memory=512, timeout=seconds(10))
        self.functions += [health, docs]
        self.api.route("GET /health", health, authorizer=None)
        self.api.route("GET /openapi.json", docs, authorizer=None)
        self.api.route("GET /docs", docs, authorizer=None)
