"""Everything that lasts: the table and the secrets."""

from cumulo import App, Secret, Stack, Table


class Data(Stack):
    """The single table, and the secrets that the API works with."""

    def __init__(self, app: App) -> None:
        super().__init__(app, "data")
        self.items = Table(self, "items", partition_key="PK", sort_key="SK", indexes={"GSI1": ("GSI1PK", "GSI1SK")})
        self.api_key = Secret(self, "api-key", description="What callers of the item routes send in x-api-key")
        # Not the API key: whoever knows the cursors' key could read and make them.
        self.cursor_key = Secret(self, "cursor-key", description="Signs the page cursors")
