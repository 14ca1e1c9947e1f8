"""The same for CDK, with the grant methods that its documentation shows."""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_

app = cdk.App()
stack = cdk.Stack(app, "crud-dev")
key = dynamodb.AttributeType.STRING
table = dynamodb.Table(stack, "Items", partition_key=dynamodb.Attribute(name="PK", type=key))
table.add_global_secondary_index(index_name="GSI1", partition_key=dynamodb.Attribute(name="GSI1PK", type=key))
api = gateway.HttpApi(stack, "Api")
for name, method, path, grant in (
    ("create", gateway.HttpMethod.POST, "/items", table.grant_write_data),
    ("get", gateway.HttpMethod.GET, "/items/{id}", table.grant_read_data),
    ("find", gateway.HttpMethod.GET, "/items", table.grant_read_data),
    ("update", gateway.HttpMethod.PATCH, "/items/{id}", table.grant_write_data),
    ("delete", gateway.HttpMethod.DELETE, "/items/{id}", table.grant_write_data),
):
    function = lambda_.Function(
        stack,
        name,
        handler=f"crud.{name}",
        runtime=lambda_.Runtime.PYTHON_3_11,
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"ITEMS_TABLE_NAME": table.table_name},
    )
    grant(function)
    api.add_routes(
        path=path, methods=[method], integration=integrations.HttpLambdaIntegration(f"{name}Route", function)
    )
app.synth()
