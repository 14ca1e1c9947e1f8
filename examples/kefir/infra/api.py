"""The front door: one function for each route, each with the grants its code needs and no others."""

from cumulo import App, Cors, Function, HttpApi, Link, Stack, Throttle, seconds
from infra.auth import Auth
from infra.data import Data
from infra.scheduler import Scheduler


class Api(Stack):
    """The HTTP API and its functions. Who calls has to be signed in, save on the routes that say otherwise."""

    def __init__(self, app: App, *, auth: Auth, data: Data, scheduler: Scheduler) -> None:
        super().__init__(app, "api")
        self.functions: list[Function] = []
        self.api = HttpApi(
            self,
            "api",
            authorizer=auth.users.authorizer(auth.app_client),
            throttle=Throttle(burst=2000, rate=1000),
            cors=Cors(
                origins=self.stage.origins,
                methods=("GET", "POST", "PATCH", "DELETE"),
                headers=("authorization", "content-type", "x-correlation-id"),
                expose=("x-request-id", "x-correlation-id"),
            ),
        )
        self._batches(data, scheduler)
        self._parts(data, scheduler)
        self._open_routes(auth, data)

    def _batches(self, data: Data, scheduler: Scheduler) -> None:
        table, photos = data.table, data.photos
        handler = "functions.batches.handler"
        self._route("POST /batches", "create-batch", handler, table.put())
        self._route("GET /batches", "list-batches", handler, table.query(), data.cursor_key.read())
        self._route(
            "GET /batches/{id}",
            "get-batch",
            handler,
            table.get(),
            table.query(),
            photos.list("photos/"),
            photos.get("photos/*"),
        )
        self._route(
            "PATCH /batches/{id}",
            "change-batch",
            handler,
            table.get(),
            table.query(),
            table.update(),
            scheduler.scheduling,
        )
        self._route(
            "DELETE /batches/{id}",
            "delete-batch",
            handler,
            table.get(),
            table.query(),
            table.delete(),
            photos.list("photos/"),
            photos.delete("photos/*"),
            scheduler.scheduling,
        )

    def _parts(self, data: Data, scheduler: Scheduler) -> None:
        """Add the routes of what belongs to a batch."""
        table, photos = data.table, data.photos
        self._route("POST /batches/{id}/events", "add-event", "functions.events.handler", table.get(), table.put())
        self._route(
            "POST /batches/{id}/photos",
            "add-photo",
            "functions.photos.handler",
            table.get(),
            photos.list("photos/"),
            photos.put("photos/*"),
        )
        handler = "functions.reminders.handler"
        self._route(
            "POST /batches/{id}/reminders",
            "add-reminder",
            handler,
            table.get(),
            table.query(),
            table.put(),
            table.update(),
            scheduler.scheduling,
        )
        self._route(
            "DELETE /batches/{id}/reminders/{reminder}",
            "delete-reminder",
            handler,
            table.get(),
            table.delete(),
            scheduler.scheduling,
        )

    def _open_routes(self, auth: Auth, data: Data) -> None:
        """Add the routes that anyone may call."""
        table, photos = data.table, data.photos
        sign_up = self._function(
            "sign-up", "functions.sign_up.handler", auth.users.admin("AdminCreateUser", "AdminSetUserPassword")
        )
        public = self._function(
            "public-batch",
            "functions.public.handler",
            table.query("GSI1"),
            photos.list("photos/"),
            photos.get("photos/*"),
        )
        health = Function(self, "health", handler="functions.health.handler", memory=128, timeout=seconds(3))
        self.functions.append(health)
        self.api.route("POST /sign-up", sign_up, authorizer=None)
        self.api.route("GET /public/b/{batchId}", public, authorizer=None)
        self.api.route("GET /health", health, authorizer=None)

    def _route(self, route: str, name: str, handler: str, *links: Link) -> None:
        self.api.route(route, self._function(name, handler, *links))

    def _function(self, name: str, handler: str, *links: Link) -> Function:
        function = Function(
            self,
            name,
            handler=handler,
            links=links,
            memory=512,
            timeout=seconds(30),
            environment={"LOG_LEVEL": self.stage.settings["LOG_LEVEL"]},
        )
        self.functions.append(function)
        return function
