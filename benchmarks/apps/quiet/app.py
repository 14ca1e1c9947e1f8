"""One silent function behind an HTTP API."""

from cumulo import App, Function, HttpApi, Stack, Stage, Throttle


def app(stage: Stage) -> App:
    app = App("quiet", stage)
    stack = Stack(app, "api")
    # The throttle would be what is measured.
    api = HttpApi(stack, "api", throttle=Throttle(burst=100_000, rate=100_000))
    quiet = Function(stack, "quiet", handler="quiet.handler")
    api.route("GET /quiet", quiet, authorizer=None)
    return app
