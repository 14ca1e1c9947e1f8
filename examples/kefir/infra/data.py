"""Everything that lasts: the table, the photos and the secret that page cursors are made with."""

from cumulo import App, Bucket, Secret, Stack, Table, days


class Data(Stack):
    """The single table and the photo bucket."""

    def __init__(self, app: App) -> None:
        super().__init__(app, "data")
        self.table = Table(
            self, "table", partition_key="PK", sort_key="SK", indexes={"GSI1": ("GSI1PK", "GSI1SK")}, ttl="TTL"
        )
        self.photos = Bucket(
            self, "photos", cors=self.stage.origins, expire_after=days(365), abort_uploads_after=days(7)
        )
        self.cursor_key = Secret(self, "cursor-key", description="Signs the page cursors")
