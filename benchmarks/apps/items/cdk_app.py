"""The same system for CDK: `cdk synth --app "python cdk_app.py"`."""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secrets

app = cdk.App()
stack = cdk.Stack(app, "items-dev")
key = dynamodb.AttributeType.STRING
table = dynamodb.Table(
    stack,
    "Items",
    partition_key=dynamodb.Attribute(name="PK", type=key),
    sort_key=dynamodb.Attribute(name="SK", type=key),
    billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
)
table.add_global_secondary_index(
    index_name="GSI1",
    partition_key=dynamodb.Attribute(name="GSI1PK", type=key),
    sort_key=dynamodb.Attribute(name="GSI1SK", type=key),
)
api_key = secrets.Secret(stack, "ApiKey")
cursor_key = secrets.Secret(stack, "CursorKey")
api = gateway.HttpApi(
    stack, "Api", cors_preflight=gateway.CorsPreflightOptions(allow_origins=["http://localhost:3000"])
)


def function(name: str, handler: str, *routes: tuple[gateway.HttpMethod, str]) -> lambda_.Function:
    made = lambda_.Function(
        stack,
        name,
        handler=handler,
        runtime=lambda_.Runtime.PYTHON_3_11,
        architecture=lambda_.Architecture.ARM_64,
        code=lambda_.Code.from_asset("code"),
        memory_size=1024,
        timeout=cdk.Duration.seconds(29),
        environment={
            "ITEMS_TABLE_NAME": table.table_name,
            "API_KEY_SECRET_ARN": api_key.secret_arn,
            "CURSOR_KEY_SECRET_ARN": cursor_key.secret_arn,
        },
    )
    for index, (method, path) in enumerate(routes):
        integration = integrations.HttpLambdaIntegration(f"{name}{index}", made)
        api.add_routes(path=path, methods=[method], integration=integration)
    return made


function("Health", "functions.health.handler", (gateway.HttpMethod.GET, "/health"))
function("Docs", "functions.docs.handler", (gateway.HttpMethod.GET, "/openapi.json"), (gateway.HttpMethod.GET, "/docs"))
for name, method, path in (
    ("CreateItem", gateway.HttpMethod.POST, "/items"),
    ("ListItems", gateway.HttpMethod.GET, "/items"),
    ("GetItem", gateway.HttpMethod.GET, "/items/{id}"),
    ("ChangeItem", gateway.HttpMethod.PATCH, "/items/{id}"),
    ("DeleteItem", gateway.HttpMethod.DELETE, "/items/{id}"),
):
    made = function(name, "functions.items.handler", (method, path))
    table.grant_read_write_data(made)
    api_key.grant_read(made)
app.synth()
