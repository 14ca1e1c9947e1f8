"""``GET /health``: whether the API answers at all. It imports nothing, so its cold start is as short as can be."""


def handler(event: dict[str, object], context: object) -> dict[str, object]:  # noqa: ARG001 - Lambda passes both
    """Answer that all is well."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return {"statusCode": 200, "headers": headers, "body": '{"status":"ok"}'}
