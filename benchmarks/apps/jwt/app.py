"""One silent function behind an HTTP API: an open route, and one that needs a token."""

from cumulo import App, Function, HttpApi, Stack, Stage, Throttle, UserPool


def app(stage: Stage) -> App:
    app = App("quiet", stage)
    stack = Stack(app, "api")
    users = UserPool(stack, "users")
    client = users.client("app", flows=("USER_PASSWORD_AUTH",))
    # The throttle would be what is measured.
    api = HttpApi(stack, "api", throttle=Throttle(burst=100_000, rate=100_000))
    quiet = Function(stack, "quiet", handler="quiet.handler")
    api.route("GET /quiet", quiet, authorizer=None)
    api.route("GET /guarded", quiet, authorizer=users.authorizer(client))
    return app
