"""A table and five routes, each with the link that its handler needs."""

from cumulo import App, Function, HttpApi, Stack, Stage, Table


def app(stage: Stage) -> App:
    app = App("crud", stage)
    stack = Stack(app, "api")
    items = Table(stack, "items", partition_key="PK", indexes={"GSI1": ("GSI1PK", "GSI1SK")})
    api = HttpApi(stack, "api")
    for route, name, link in (
        ("POST /items", "create", items.put()),
        ("GET /items/{id}", "get", items.get()),
        ("GET /items", "find", items.query("GSI1")),
        ("PATCH /items/{id}", "update", items.update()),
        ("DELETE /items/{id}", "delete", items.delete()),
    ):
        api.route(route, Function(stack, name, handler=f"crud.{name}", links=[link]), authorizer=None)
    return app
