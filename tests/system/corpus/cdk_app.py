"""Real CDK apps, for their output."""
import aws_cdk as cdk
from aws_cdk import (Stack, Duration, RemovalPolicy, NestedStack, aws_lambda as l, aws_dynamodb as ddb, aws_sqs as sqs, aws_sns as sns,
 aws_sns_subscriptions as subs, aws_lambda_event_sources as es, aws_apigateway as rest, aws_apigatewayv2 as http, aws_apigatewayv2_integrations as integ,
 aws_apigatewayv2_authorizers as authz, aws_s3 as s3, aws_s3_notifications as s3n, aws_events as events, aws_events_targets as targets, aws_iam as iam, aws_cognito as cognito,
 aws_cloudwatch as cw, aws_cloudwatch_actions as cwa, aws_codedeploy as cd, aws_logs as logs, aws_ec2 as ec2, aws_rds as rds, aws_secretsmanager as sm, aws_ssm as ssm,
 aws_stepfunctions as sfn, aws_stepfunctions_tasks as tasks, aws_kms as kms, aws_s3_deployment as s3d)
app=cdk.App()
env=cdk.Environment(account="111122223333",region="eu-central-1")
def fn(scope,id,**kw):
    a=dict(runtime=l.Runtime.PYTHON_3_12,handler="app.handler",code=l.Code.from_inline("def handler(e,c):\n    return {}"))
    a.update(kw); return l.Function(scope,id,**a)
class Crud(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k)
        t=ddb.Table(s,"Items",partition_key=ddb.Attribute(name="pk",type=ddb.AttributeType.STRING),billing_mode=ddb.BillingMode.PAY_PER_REQUEST)
        t.add_global_secondary_index(index_name="gsi1",partition_key=ddb.Attribute(name="gpk",type=ddb.AttributeType.STRING))
        api=rest.RestApi(s,"Api",default_cors_preflight_options=rest.CorsOptions(allow_origins=rest.Cors.ALL_ORIGINS))
        r=api.root.add_resource("items")
        for m in ("GET","POST"):
            f=fn(s,m+"Items",environment={"TABLE":t.table_name}); (t.grant_read_data if m=="GET" else t.grant_write_data)(f)
            r.add_method(m,rest.LambdaIntegration(f))
class Http(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k)
        f=fn(s,"F",memory_size=512,timeout=Duration.seconds(10),architecture=l.Architecture.ARM_64,tracing=l.Tracing.ACTIVE,log_retention=logs.RetentionDays.TWO_WEEKS)
        pool=cognito.UserPool(s,"Pool"); client=pool.add_client("web",generate_secret=True)
        au=authz.HttpUserPoolAuthorizer("a",pool,user_pool_clients=[client])
        api=http.HttpApi(s,"Api",cors_preflight=http.CorsPreflightOptions(allow_origins=["https://example.com"],allow_methods=[http.CorsHttpMethod.ANY]))
        api.add_routes(path="/a",methods=[http.HttpMethod.GET],integration=integ.HttpLambdaIntegration("i",f),authorizer=au)
        api.add_routes(path="/public",methods=[http.HttpMethod.GET],integration=integ.HttpLambdaIntegration("i2",f))
class Queues(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k)
        dlq=sqs.Queue(s,"Dead",retention_period=Duration.days(14),encryption=sqs.QueueEncryption.SQS_MANAGED)
        q=sqs.Queue(s,"Jobs",visibility_timeout=Duration.seconds(60),dead_letter_queue=sqs.DeadLetterQueue(queue=dlq,max_receive_count=5))
        f=fn(s,"Worker",timeout=Duration.seconds(30)); f.add_event_source(es.SqsEventSource(q,batch_size=10))
        topic=sns.Topic(s,"Topic"); topic.add_subscription(subs.SqsSubscription(q)); topic.add_subscription(subs.LambdaSubscription(f))
        al=cw.Alarm(s,"Deep",metric=dlq.metric_approximate_number_of_messages_visible(),threshold=1,evaluation_periods=1); al.add_alarm_action(cwa.SnsAction(topic))
        cw.Alarm(s,"Errors",metric=cw.MathExpression(expression="e/i*100",using_metrics={"e":f.metric_errors(),"i":f.metric_invocations()}),threshold=5,evaluation_periods=3)
class Storage(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k)
        log=s3.Bucket(s,"Logs",block_public_access=s3.BlockPublicAccess.BLOCK_ALL,enforce_ssl=True,lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))])
        b=s3.Bucket(s,"Data",versioned=True,encryption=s3.BucketEncryption.KMS,bucket_key_enabled=True,enforce_ssl=True,server_access_logs_bucket=log,block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
          cors=[s3.CorsRule(allowed_methods=[s3.HttpMethods.GET],allowed_origins=["*"])],auto_delete_objects=True,removal_policy=RemovalPolicy.DESTROY)
        f=fn(s,"OnUpload"); b.add_event_notification(s3.EventType.OBJECT_CREATED,s3n.LambdaDestination(f)); b.grant_read(f)
        site=s3.Bucket(s,"Site",website_index_document="index.html",public_read_access=True,block_public_access=s3.BlockPublicAccess(block_public_acls=False,block_public_policy=False,ignore_public_acls=False,restrict_public_buckets=False))
class Network(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k)
        vpc=ec2.Vpc(s,"Vpc",max_azs=2)
        vpc.add_gateway_endpoint("ddb",service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)
        sg=ec2.SecurityGroup(s,"Open",vpc=vpc); sg.add_ingress_rule(ec2.Peer.any_ipv4(),ec2.Port.tcp(22))
        db=rds.DatabaseInstance(s,"Db",engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_16),vpc=vpc,instance_type=ec2.InstanceType("t4g.micro"),storage_encrypted=True,backup_retention=Duration.days(1))
        f=fn(s,"InVpc",vpc=vpc,environment={"DB":db.db_instance_endpoint_address}); db.secret.grant_read(f); db.connections.allow_default_port_from(f)
class Release(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k)
        f=fn(s,"F"); v=f.current_version; a=l.Alias(s,"live",alias_name="live",version=v)
        al=cw.Alarm(s,"E",metric=a.metric_errors(),threshold=1,evaluation_periods=1)
        cd.LambdaDeploymentGroup(s,"G",alias=a,deployment_config=cd.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,alarms=[al])
        api=rest.LambdaRestApi(s,"Api",handler=a,deploy_options=rest.StageOptions(throttling_rate_limit=10,throttling_burst_limit=5,tracing_enabled=True))
        key=api.add_api_key("k"); plan=api.add_usage_plan("p",throttle=rest.ThrottleSettings(rate_limit=10,burst_limit=2),quota=rest.QuotaSettings(limit=1000,period=rest.Period.DAY)); plan.add_api_key(key); plan.add_api_stage(stage=api.deployment_stage)
        r=events.Rule(s,"Nightly",schedule=events.Schedule.cron(hour="3")); r.add_target(targets.LambdaFunction(a))
class Flow(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k)
        t=ddb.TableV2(s,"T",partition_key=ddb.Attribute(name="PK",type=ddb.AttributeType.STRING),sort_key=ddb.Attribute(name="SK",type=ddb.AttributeType.STRING),point_in_time_recovery=True,deletion_protection=True,removal_policy=RemovalPolicy.RETAIN,dynamo_stream=ddb.StreamViewType.NEW_IMAGE)
        f=fn(s,"Stream"); f.add_event_source(es.DynamoEventSource(t,starting_position=l.StartingPosition.LATEST,report_batch_item_failures=True,retry_attempts=3))
        step=tasks.LambdaInvoke(s,"Do",lambda_function=f); sfn.StateMachine(s,"M",definition_body=sfn.DefinitionBody.from_chainable(step),tracing_enabled=True)
        f.add_to_role_policy(iam.PolicyStatement(actions=["dynamodb:*"],resources=["*"]))
        sm.Secret(s,"S"); ssm.StringParameter(s,"P",string_value="x")
        fu=f.add_function_url(auth_type=l.FunctionUrlAuthType.NONE)
class Inner(NestedStack):
    def __init__(s,scope,id,bucket,**k):
        super().__init__(scope,id,**k)
        f=fn(s,"NestedF",environment={"B":bucket.bucket_name}); bucket.grant_read_write(f)
class Outer(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k)
        b=s3.Bucket(s,"B"); Inner(s,"Inner",b)
class WebSocket(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k)
        t=ddb.Table(s,"Connections",partition_key=ddb.Attribute(name="id",type=ddb.AttributeType.STRING))
        f=fn(s,"Connect",environment={"T":t.table_name}); t.grant_read_write_data(f)
        api=http.WebSocketApi(s,"Ws",connect_route_options=http.WebSocketRouteOptions(integration=integ.WebSocketLambdaIntegration("c",f)))
        st=http.WebSocketStage(s,"St",web_socket_api=api,stage_name="dev",auto_deploy=True); st.grant_management_api_access(f)
class Shared(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k); s.t=ddb.Table(s,"T",partition_key=ddb.Attribute(name="pk",type=ddb.AttributeType.STRING),encryption=ddb.TableEncryption.AWS_MANAGED,time_to_live_attribute="ttl")
class User(Stack):
    def __init__(s,*a,t,**k):
        super().__init__(*a,**k); f=fn(s,"F"); t.grant_read_data(f)
Crud(app,"Crud"); Http(app,"Http",env=env); Queues(app,"Queues",tags={"Environment":"prod","Application":"jobs"}); Storage(app,"Storage",env=env); Network(app,"Network",env=env)
Release(app,"Release",termination_protection=True); Flow(app,"Flow"); Outer(app,"Outer"); WebSocket(app,"WebSocket")
sh=Shared(app,"Shared"); User(app,"User",t=sh.t)
from aws_cdk import (aws_ecs as ecs, aws_ecs_patterns as ecsp, aws_cloudfront as cf, aws_cloudfront_origins as cfo, aws_pipes as pipes, aws_applicationautoscaling as aas, custom_resources as cr)
class Fargate(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k)
        vpc=ec2.Vpc(s,"Vpc",max_azs=2,nat_gateways=1); cluster=ecs.Cluster(s,"Cluster",vpc=vpc)
        t=ddb.Table(s,"Orders",partition_key=ddb.Attribute(name="pk",type=ddb.AttributeType.STRING),billing_mode=ddb.BillingMode.PAY_PER_REQUEST,deletion_protection=True,point_in_time_recovery=True)
        svc=ecsp.ApplicationLoadBalancedFargateService(s,"Web",cluster=cluster,cpu=256,memory_limit_mib=512,task_image_options=ecsp.ApplicationLoadBalancedTaskImageOptions(image=ecs.ContainerImage.from_registry("nginx"),environment={"TABLE":t.table_name}))
        t.grant_read_write_data(svc.task_definition.task_role)
        svc.service.auto_scale_task_count(max_capacity=4).scale_on_cpu_utilization("cpu",target_utilization_percent=60)
        jobs=ecsp.QueueProcessingFargateService(s,"Jobs",cluster=cluster,image=ecs.ContainerImage.from_registry("worker"),visibility_timeout=Duration.minutes(10))
        ecsp.ScheduledFargateTask(s,"Nightly",cluster=cluster,scheduled_fargate_task_image_options=ecsp.ScheduledFargateTaskImageOptions(image=ecs.ContainerImage.from_registry("night")),schedule=aas.Schedule.cron(hour="3"))
class Site(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k)
        b=s3.Bucket(s,"Site",block_public_access=s3.BlockPublicAccess.BLOCK_ALL,enforce_ssl=True,versioned=True,removal_policy=RemovalPolicy.DESTROY,auto_delete_objects=True)
        logs_=s3.Bucket(s,"CdnLogs",object_ownership=s3.ObjectOwnership.OBJECT_WRITER,block_public_access=s3.BlockPublicAccess.BLOCK_ALL,enforce_ssl=True,lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(30),abort_incomplete_multipart_upload_after=Duration.days(1))])
        edge=cf.Function(s,"Rewrite",code=cf.FunctionCode.from_inline("function handler(e){return e.request}"))
        d=cf.Distribution(s,"Cdn",default_root_object="index.html",log_bucket=logs_,default_behavior=cf.BehaviorOptions(origin=cfo.S3BucketOrigin.with_origin_access_control(b),viewer_protocol_policy=cf.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,function_associations=[cf.FunctionAssociation(function=edge,event_type=cf.FunctionEventType.VIEWER_REQUEST)]))
        s3d.BucketDeployment(s,"Upload",sources=[s3d.Source.data("index.html","<h1>hi</h1>")],destination_bucket=b,distribution=d,distribution_paths=["/*"],log_retention=logs.RetentionDays.ONE_WEEK)
        cr.AwsCustomResource(s,"Call",on_update=cr.AwsSdkCall(service="SSM",action="getParameter",parameters={"Name":"x"},physical_resource_id=cr.PhysicalResourceId.of("x")),policy=cr.AwsCustomResourcePolicy.from_sdk_calls(resources=cr.AwsCustomResourcePolicy.ANY_RESOURCE))
        handler=fn(s,"OnEvent",timeout=Duration.minutes(5),memory_size=256); done=fn(s,"IsComplete",timeout=Duration.minutes(1),memory_size=256)
        prov=cr.Provider(s,"Provider",on_event_handler=handler,is_complete_handler=done)
        cdk.CustomResource(s,"Thing",service_token=prov.service_token)
        ssm.StringParameter.from_string_parameter_name(s,"Look","/a/b")
class Versioned(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k)
        lg=logs.LogGroup(s,"Logs",retention=logs.RetentionDays.ONE_WEEK,removal_policy=RemovalPolicy.DESTROY)
        dead=sqs.Queue(s,"Dead",enforce_ssl=True,retention_period=Duration.days(14))
        f=fn(s,"Api",memory_size=512,timeout=Duration.seconds(10),architecture=l.Architecture.ARM_64,log_group=lg,tracing=l.Tracing.ACTIVE,logging_format=l.LoggingFormat.JSON,insights_version=l.LambdaInsightsVersion.VERSION_1_0_229_0,environment={"LEVEL":"info"},
           environment_encryption=kms.Key(s,"Key",enable_key_rotation=True),on_failure=__import__("aws_cdk.aws_lambda_destinations").aws_lambda_destinations.SqsDestination(dead),retry_attempts=1)
        v=f.current_version; a=l.Alias(s,"Live",alias_name="live",version=v,provisioned_concurrent_executions=5)
        a.add_auto_scaling(max_capacity=20).scale_on_utilization(utilization_target=0.7)
        topic=sns.Topic(s,"Pager",enforce_ssl=True); topic.add_subscription(subs.EmailSubscription("ops@example.com"))
        err=cw.Alarm(s,"Errors",metric=a.metric_errors(period=Duration.minutes(1)),threshold=1,evaluation_periods=1); err.add_alarm_action(cwa.SnsAction(topic))
        thr=cw.Alarm(s,"Throttles",metric=f.metric_throttles(),threshold=1,evaluation_periods=1); thr.add_alarm_action(cwa.SnsAction(topic))
        cd.LambdaDeploymentGroup(s,"Group",alias=a,deployment_config=cd.LambdaDeploymentConfig.LINEAR_10_PERCENT_EVERY_1_MINUTE,alarms=[err])
        alog=logs.LogGroup(s,"Access",retention=logs.RetentionDays.ONE_WEEK)
        api=http.HttpApi(s,"Http",create_default_stage=False)
        http.HttpStage(s,"Stage",http_api=api,stage_name="live",auto_deploy=True,throttle=http.ThrottleSettings(rate_limit=10,burst_limit=20),access_log_settings=http.LogGroupLogDestination(alog) and None)
        api.add_routes(path="/{proxy+}",methods=[http.HttpMethod.ANY],integration=integ.HttpLambdaIntegration("i",a),authorizer=authz.HttpIamAuthorizer())
        ratio=cw.MathExpression(expression="100*(e/i)",using_metrics={"e":a.metric_errors(),"i":a.metric_invocations()}); cw.Alarm(s,"Ratio",metric=ratio,threshold=5,evaluation_periods=3).add_alarm_action(cwa.LambdaAction(f))
        ev=events.Rule(s,"Tick",schedule=events.Schedule.rate(Duration.minutes(5))); ev.add_target(targets.LambdaFunction(a,dead_letter_queue=dead,retry_attempts=2))
class Bus(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k)
        bus=events.EventBus(s,"Bus",event_bus_name="orders"); bus.archive("Archive",event_pattern=events.EventPattern(source=["orders"]),retention=Duration.days(30))
        secret=sm.Secret(s,"Token"); con=events.Connection(s,"Con",authorization=events.Authorization.api_key("x-key",secret.secret_value)); plain=events.Connection(s,"Plain",authorization=events.Authorization.basic("user",cdk.SecretValue.unsafe_plain_text("hunter2hunter2")))
        dest=events.ApiDestination(s,"Dest",connection=con,endpoint="https://example.com/hook",http_method=events.HttpMethod.POST,rate_limit_per_second=10)
        f=fn(s,"OnOrder",memory_size=256,timeout=Duration.seconds(20)); dlq=sqs.Queue(s,"Dlq")
        r=events.Rule(s,"Rule",event_bus=bus,event_pattern=events.EventPattern(source=["orders"]))
        r.add_target(targets.ApiDestination(dest,dead_letter_queue=dlq)); r.add_target(targets.LambdaFunction(f,max_event_age=Duration.hours(2))); r.add_target(targets.SqsQueue(dlq)); r.add_target(targets.CloudWatchLogGroup(logs.LogGroup(s,"All",retention=logs.RetentionDays.ONE_MONTH)))
        src=sqs.Queue(s,"Src",visibility_timeout=Duration.seconds(120),dead_letter_queue=sqs.DeadLetterQueue(queue=dlq,max_receive_count=3)); t=ddb.TableV2(s,"Stream",partition_key=ddb.Attribute(name="pk",type=ddb.AttributeType.STRING),dynamo_stream=ddb.StreamViewType.NEW_IMAGE)
        enrich=fn(s,"Enrich",memory_size=256,timeout=Duration.seconds(20))
        role=iam.Role(s,"PipeRole",assumed_by=iam.ServicePrincipal("pipes.amazonaws.com")); src.grant_consume_messages(role); bus.grant_put_events_to(role); enrich.grant_invoke(role); t.grant_stream_read(role)
        pipes.CfnPipe(s,"Pipe",role_arn=role.role_arn,source=src.queue_arn,target=bus.event_bus_arn,enrichment=enrich.function_arn,source_parameters=pipes.CfnPipe.PipeSourceParametersProperty(sqs_queue_parameters=pipes.CfnPipe.PipeSourceSqsQueueParametersProperty(batch_size=10)))
        pipes.CfnPipe(s,"PipeStream",role_arn=role.role_arn,source=t.table_stream_arn,target=f.function_arn)
        bus.add_to_resource_policy(iam.PolicyStatement(sid="other",effect=iam.Effect.ALLOW,principals=[iam.AccountPrincipal("222233334444")],actions=["events:PutEvents"],resources=[bus.event_bus_arn]))
class West(Stack):
    def __init__(s,*a,**k):
        super().__init__(*a,**k); s.b=s3.Bucket(s,"B",bucket_name="shared-west-111122223333",block_public_access=s3.BlockPublicAccess.BLOCK_ALL); s.p=ssm.StringParameter(s,"P",string_value="v"); s.cert=__import__("aws_cdk.aws_certificatemanager").aws_certificatemanager.Certificate(s,"Cert",domain_name="example.com")
class East(Stack):
    def __init__(s,*a,cert=None,**k):
        super().__init__(*a,**k); b=s3.Bucket(s,"O",block_public_access=s3.BlockPublicAccess.BLOCK_ALL); cf.Distribution(s,"D",certificate=cert,domain_names=["example.com"],default_behavior=cf.BehaviorOptions(origin=cfo.S3BucketOrigin.with_origin_access_control(b)))
Fargate(app,"Fargate",env=env); Site(app,"Site"); Versioned(app,"Versioned",env=env); Bus(app,"Bus",env=env)
w=West(app,"West",env=cdk.Environment(account="111122223333",region="us-east-1"),cross_region_references=True); East(app,"East",env=env,cross_region_references=True,cert=w.cert)
stage=cdk.Stage(app,"prod",env=env); Queues(stage,"Q")
app.synth()
