"""The same templates from troposphere alone: no checks, no links, no code."""

from troposphere import GetAtt, Ref, Sub, Template, apigatewayv2, awslambda, dynamodb, iam, logs, secretsmanager

ROUTES = {
    "Health": ["GET /health"],
    "Docs": ["GET /openapi.json", "GET /docs"],
    "CreateItem": ["POST /items"],
    "ListItems": ["GET /items"],
    "GetItem": ["GET /items/{id}"],
    "ChangeItem": ["PATCH /items/{id}"],
    "DeleteItem": ["DELETE /items/{id}"],
}

template = Template()
keys = ("PK", "SK", "GSI1PK", "GSI1SK")
template.add_resource(
    dynamodb.Table(
        "Items",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[dynamodb.AttributeDefinition(AttributeName=name, AttributeType="S") for name in keys],
        KeySchema=[dynamodb.KeySchema(AttributeName="PK", KeyType="HASH")],
        GlobalSecondaryIndexes=[
            dynamodb.GlobalSecondaryIndex(
                IndexName="GSI1",
                KeySchema=[dynamodb.KeySchema(AttributeName="GSI1PK", KeyType="HASH")],
                Projection=dynamodb.Projection(ProjectionType="ALL"),
            )
        ],
    )
)
template.add_resource(secretsmanager.Secret("ApiKey"))
template.add_resource(secretsmanager.Secret("CursorKey"))
template.add_resource(apigatewayv2.Api("Api", Name="items", ProtocolType="HTTP"))
template.add_resource(apigatewayv2.Stage("Stage", ApiId=Ref("Api"), StageName="$default", AutoDeploy=True))
for name, routes in ROUTES.items():
    role = iam.Role(f"{name}Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": []})
    template.add_resource(role)
    template.add_resource(logs.LogGroup(f"{name}Logs", LogGroupName=f"/aws/lambda/{name}"))
    template.add_resource(
        awslambda.Function(
            name,
            Handler="functions.items.handler",
            Runtime="python3.11",
            Role=GetAtt(role, "Arn"),
            Code=awslambda.Code(S3Bucket="assets", S3Key="code.zip"),
        )
    )
    template.add_resource(
        apigatewayv2.Integration(
            f"{name}Integration",
            ApiId=Ref("Api"),
            IntegrationType="AWS_PROXY",
            IntegrationUri=GetAtt(name, "Arn"),
            PayloadFormatVersion="2.0",
        )
    )
    template.add_resource(
        awslambda.Permission(
            f"{name}Permission",
            FunctionName=Ref(name),
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=Sub("arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"),
        )
    )
    for index, route in enumerate(routes):
        template.add_resource(
            apigatewayv2.Route(
                f"{name}Route{index}",
                ApiId=Ref("Api"),
                RouteKey=route,
                Target=Sub(f"integrations/${{{name}Integration}}"),
            )
        )
print(template.to_json())
