"""NAM002: tags say whose a resource is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.buckets import belongs_to_a_tool
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, Stack, System
from cumulo.guidelines.template.values import Value

# What costs money or holds data, and takes tags.
_TAGGABLE: Mapping[str, str] = dict.fromkeys(
    (
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGatewayV2::Api",
        "AWS::CloudFront::Distribution",
        "AWS::DocDB::DBCluster",
        "AWS::DynamoDB::Table",
        "AWS::EC2::Instance",
        "AWS::EC2::NatGateway",
        "AWS::ECR::Repository",
        "AWS::ECS::Cluster",
        "AWS::ECS::Service",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::KMS::Key",
        "AWS::Kinesis::Stream",
        "AWS::KinesisFirehose::DeliveryStream",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::OpenSearchService::Domain",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SecretsManager::Secret",
        "AWS::StepFunctions::StateMachine",
    ),
    "Tags",
) | {"AWS::Cognito::UserPool": "UserPoolTags", "AWS::EFS::FileSystem": "FileSystemTags"}

_MAPPINGS = ("AWS::ApiGatewayV2::Api", "AWS::Cognito::UserPool")


class ResourcesAreTagged(TemplateRule):
    """Resources carry the tags that say what they cost whom.

    A stack passes its own tags on to its resources, and Cumulo gives every stack of an app its tags; of other
    templates nobody knows the stack's. So a template is judged only by itself: where some of its resources carry one
    of the tags, all do.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html
    """

    id = "NAM002"
    title = "tags Environment and Application on everything that costs money or holds data"
    severity = everywhere(Severity.WARNING)
    subject = "resources that can be tagged"
    why = "nobody knows whose costs these are"
    fix = "Tags: [{Key: Environment, Value: !Ref Stage}], or tags of the whole stack"
    fix_sam = "Tags: {Environment: !Ref Stage}, or sam deploy --tags"
    fix_cdk = 'Tags.of(app).add("Environment", "prod")'
    documentation = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html"
    )
    settings = {"tags": ("Environment", "Application")}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield resources without a tag that others in their template have."""
        if system.app is None:
            for stack in system.stacks:
                yield from self._stack(stack)

    def _stack(self, stack: Stack) -> Iterator[Finding]:
        tagged = {
            resource: _tags(resource)
            for resource in stack.resources.values()
            if resource.type in _TAGGABLE and not belongs_to_a_tool(resource)
        }
        present = {name for tags in tagged.values() for name in tags or ()}
        wanted = [name for name in self.set["tags"] if name in present]
        for resource, tags in tagged.items():
            missing = [] if tags is None else [name for name in wanted if name not in tags]
            if missing:
                holders = sum(not set(missing).isdisjoint(others or ()) for others in tagged.values())
                others = f"{holders} other resource{'s' * (holders > 1)} of the template"
                message = f"it has no tag {' and '.join(missing)}, unlike {others}"
                yield self.found(resource, message, fix=_mapped(resource, missing))


def _mapped(resource: Resource, missing: Sequence[str]) -> str | None:
    """Return the fix for a resource whose tags are a mapping; the rule's own is for the others."""
    if resource.type not in _MAPPINGS or resource.by_sam or resource.stack.constructs:
        return None
    tags = ", ".join(f"{name}: …" for name in missing)
    return f"{_TAGGABLE[resource.type]}: {{{tags}}}, or tags of the whole stack"


def _tags(resource: Resource) -> Collection[str] | None:
    """Return the keys of a resource's tags; ``None`` where not all of them are known."""
    found: set[str] = set()
    # SAM writes the tags of an HTTP API into its definition.
    in_definition = tuple(value for value in resource.get("Body", "tags") if not value.absent)
    for tags in (*resource.get(_TAGGABLE[resource.type]), *in_definition):
        if not tags.known:
            return None
        keys = _keys(tags)
        if None in keys:
            return None
        found |= {key for key in keys if key}
    return found


def _keys(tags: Value) -> set[str | None]:
    if isinstance(tags.plain, Mapping):
        # A macro beside the tags may add others.
        return {None if str(key).startswith("Fn::") else str(key) for key in tags.plain}
    return {key.text for tag in tags.elements() for key in (*tag.get("Key"), *tag.get("name")) if not key.absent}
