"""``GET /health``: whether the API answers at all. It imports nothing, so its cold start is as short as can be."""


def handler(event: dict, context: object) -> dict:  # noqa: ARG001 - Lambda passes both
    """Answer that all is well."""
    request_id = event.get("requestContext", {}).get("requestId", "")
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store", "x-request-id": request_id},
        "body": '{"status":"ok"}',
    }
