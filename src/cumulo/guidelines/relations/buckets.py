"""What belongs to a bucket, and what it is kept for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from cumulo.guidelines.relations.resource_policies import principals
from cumulo.guidelines.relations.types import BUCKET
from cumulo.guidelines.system import Resource, System, once
from cumulo.guidelines.template.values import Value

_DISTRIBUTION = "AWS::CloudFront::Distribution"
_TOOLS = ("SamCliSourceBucket", "ServerlessDeploymentBucket")
_LOG_WRITERS = (
    "cloudtrail.amazonaws.com",
    "delivery.logs.amazonaws.com",
    "logdelivery.elasticloadbalancing.amazonaws.com",
    "logging.s3.amazonaws.com",
)


@dataclass(frozen=True)
class Policies:
    """The bucket policies of a system.

    Parameters
    ----------
    statements
        Their statements, by bucket.
    complete
        Whether the bucket of every policy is known; otherwise any bucket may have one more.
    """

    statements: Mapping[Resource, tuple[Value, ...]]
    complete: bool

    def of(self, bucket: Resource) -> tuple[Value, ...]:
        """Return the statements of a bucket's policies, in whichever stack they are."""
        return self.statements.get(bucket, ())


@once
def bucket_policies(system: System) -> Policies:
    """Return the bucket policies of a system.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html
    """
    names = _by_name(system)
    found: dict[Resource, tuple[Value, ...]] = {}
    complete = True
    for policy in system.of_type("AWS::S3::BucketPolicy"):
        for value in policy.get("Bucket"):
            bucket = _bucket(system, value, names)
            if bucket is None:
                complete = complete and value.text is not None
                continue
            found[bucket] = (*found.get(bucket, ()), *policy.listed("PolicyDocument", "Statement"))
    return Policies(found, complete)


def is_for_everyone(statement: Value) -> bool:
    """Tell whether a statement concerns every principal: ``"*"`` or ``{"AWS": "*"}``."""
    return any(principal.text == "*" for principal in principals(statement))


def belongs_to_a_tool(bucket: Resource) -> bool:
    """Tell whether a deployment tool declared a bucket for itself: SAM, Serverless Framework, CDK's bootstrap."""
    bootstrap = bucket.id == "StagingBucket" and "CdkBootstrapVersion" in bucket.stack.resources
    return bootstrap or bucket.id in _TOOLS


def log_buckets(system: System, policies: Policies) -> set[Resource]:
    """Return the buckets that take the logs of AWS services."""
    names = _by_name(system)
    named = {_bucket(system, value, names) for value in _log_destinations(system)}
    writable = {
        bucket
        for bucket in system.of_type(BUCKET)
        if any(value.text == "LogDeliveryWrite" for value in bucket.get("AccessControl"))
        or any(_is_for_logs(statement) for statement in policies.of(bucket))
    }
    return {bucket for bucket in named if bucket is not None} | writable


def site_buckets(system: System) -> set[Resource]:
    """Return the buckets that hold a web site: what a build made, and can make again."""
    sites = {bucket for bucket in system.of_type(BUCKET) if is_website(bucket)}
    for distribution in system.of_type(_DISTRIBUTION):
        for config in distribution.get("DistributionConfig"):
            if any(not root.absent for root in config.get("DefaultRootObject")):
                default = {value.pattern for value in config.get("DefaultCacheBehavior", "TargetOriginId")}
                sites |= _origins(system, config, default)
    return sites


def served_buckets(system: System) -> set[Resource]:
    """Return the buckets whose files a site or a distribution serves: readers may want any of them at any time."""
    return site_buckets(system).union(
        *(
            _origins(system, config)
            for distribution in system.of_type(_DISTRIBUTION)
            for config in distribution.get("DistributionConfig")
        )
    )


def artifact_buckets(system: System) -> set[Resource]:
    """Return the buckets in which pipelines hand over what they build."""
    names = _by_name(system)
    found: set[Resource] = set()
    for pipeline in system.of_type("AWS::CodePipeline::Pipeline"):
        stores = [*pipeline.get("ArtifactStore")]
        stores += [store for region in pipeline.listed("ArtifactStores") for store in region.get("ArtifactStore")]
        buckets = (_bucket(system, place, names) for store in stores for place in store.get("Location"))
        found |= {bucket for bucket in buckets if bucket is not None}
    return found


def is_website(bucket: Resource) -> bool:
    """Tell whether S3 itself serves a bucket as a web site, by plain HTTP."""
    return any(not value.absent for value in bucket.get("WebsiteConfiguration"))


def _by_name(system: System) -> Mapping[tuple[str, str], Resource]:
    return {
        key: bucket
        for bucket in system.of_type(BUCKET)
        for name in bucket.get("BucketName")
        if (key := _name_key(name)) is not None
    }


def _name_key(name: Value) -> tuple[str, str] | None:
    """Return what two values that name one bucket share; parts that are not known mean the same in one stack only."""
    pattern = name.pattern
    if pattern is None or not pattern.strip("\0-."):
        return None
    return (name.scope.stack if "\0" in pattern else "", pattern)


def _bucket(system: System, value: Value, names: Mapping[tuple[str, str], Resource]) -> Resource | None:
    for reference in value.references:
        found = system.resource(reference)
        if found is not None and found.type == BUCKET:
            return found
    key = _name_key(value)
    return names.get(key) if key else None


def _is_for_logs(statement: Value) -> bool:
    return any(service.text in _LOG_WRITERS for service in statement.listed("Principal", "Service"))


def _log_destinations(system: System) -> Iterator[Value]:
    for bucket in system.of_type(BUCKET):
        yield from bucket.get("LoggingConfiguration", "DestinationBucketName")
    for distribution in system.of_type(_DISTRIBUTION):
        yield from distribution.get("DistributionConfig", "Logging", "Bucket")
    for balancer in system.of_type("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        for attribute in balancer.listed("LoadBalancerAttributes"):
            if any(key.text == "access_logs.s3.bucket" for key in attribute.get("Key")):
                yield from attribute.get("Value")


def _origins(system: System, config: Value, wanted: Set[str | None] | None = None) -> set[Resource]:
    """Return the buckets behind the origins of a distribution, of all of them or of those that are wanted."""
    domains = (
        domain
        for origin in config.listed("Origins")
        if wanted is None or {value.pattern for value in origin.get("Id")} & wanted
        for domain in origin.get("DomainName")
    )
    buckets = (system.resource(reference) for domain in domains for reference in domain.references)
    return {bucket for bucket in buckets if bucket is not None and bucket.type == BUCKET}
