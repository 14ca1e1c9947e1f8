"""What the emulator's CloudFormation drops from templates, applied through the emulator's own service APIs.

It is applied when a resource is made and whenever it changes; what a template no longer says is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

from ministack.core.responses import get_region
from ministack.services import dynamodb, s3
from ministack.services.cloudformation import provisioners

Properties = Mapping[str, Any]


def install() -> None:
    """Have buckets get the tags of their stack, and user pools say the URL of their tokens' issuer."""
    provisioners._STACK_TAG_PROPERTY["AWS::S3::Bucket"] = ("Tags", "list")
    pool = provisioners._RESOURCE_HANDLERS["AWS::Cognito::UserPool"]
    for change in ("create", "update"):
        pool[change] = _with_provider_url(pool[change])


def apply_to_table(name: str, properties: Properties) -> None:
    """Apply a table's TTL, point-in-time recovery and encryption.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
    """
    ttl = properties.get("TimeToLiveSpecification")
    if ttl:
        _check(dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": _booleans(ttl)}))
    else:
        dynamodb._ttl_settings.pop(name, None)
    recovery = _booleans(properties.get("PointInTimeRecoverySpecification") or {})
    dynamodb._pitr_settings[name] = recovery.get("PointInTimeRecoveryEnabled", False)
    encryption = _booleans(properties.get("SSESpecification") or {})
    enabled = {("Enabled" if key == "SSEEnabled" else key): value for key, value in encryption.items()}
    dynamodb._tables[name]["SSEDescription"] = (
        dynamodb._sse_description_from_spec(enabled) if enabled.get("Enabled") else None
    )


def apply_to_bucket(name: str, properties: Properties) -> None:
    """Apply a bucket's encryption, lifecycle, ownership controls, tags and versioning.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
    """
    for property_, (root, content, put, delete) in _BUCKET_CONFIGURATIONS.items():
        if properties.get(property_):
            _check(put(name, _document(root, content(properties[property_]))))
        else:
            delete(name)
    # A bucket that was versioned once can only be suspended:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
    wanted = (properties.get("VersioningConfiguration") or {}).get("Status", "Suspended")
    if wanted == "Enabled" or name in s3._bucket_versioning:
        s3._bucket_versioning[name] = wanted


def _encryption(property_: Properties) -> dict[str, Any]:
    rules = []
    for rule in property_.get("ServerSideEncryptionConfiguration") or []:
        default = rule.get("ServerSideEncryptionByDefault")
        key = {"BucketKeyEnabled": str(_booleans(rule).get("BucketKeyEnabled", False)).lower()}
        rules.append({**({"ApplyServerSideEncryptionByDefault": default} if default else {}), **key})
    return {"Rule": rules}


def _lifecycle(property_: Properties) -> dict[str, Any]:
    return {"Rule": [_lifecycle_rule(rule) for rule in property_.get("Rules") or []]}


def _lifecycle_rule(rule: Properties) -> dict[str, Any]:
    """Say a rule as the API does, which groups what the template says side by side.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
    """
    old = rule.get("NoncurrentVersionExpirationInDays")
    noncurrent = _both(rule, "NoncurrentVersionTransition")
    return _said(
        ID=rule.get("Id"),
        Filter=_filter(rule) or {"Prefix": ""},
        Status=rule.get("Status"),
        Transition=[_transition(each) for each in _both(rule, "Transition")],
        NoncurrentVersionTransition=[_transition(each, "Noncurrent") for each in noncurrent],
        Expiration=_said(
            Days=rule.get("ExpirationInDays"),
            Date=rule.get("ExpirationDate"),
            ExpiredObjectDeleteMarker=_lower(rule.get("ExpiredObjectDeleteMarker")),
        ),
        NoncurrentVersionExpiration=rule.get("NoncurrentVersionExpiration") or _said(NoncurrentDays=old),
        AbortIncompleteMultipartUpload=rule.get("AbortIncompleteMultipartUpload"),
    )


def _filter(rule: Properties) -> dict[str, Any]:
    conditions = _said(
        Prefix=rule.get("Prefix"),
        Tag=[dict(tag) for tag in rule.get("TagFilters") or []],
        ObjectSizeGreaterThan=rule.get("ObjectSizeGreaterThan"),
        ObjectSizeLessThan=rule.get("ObjectSizeLessThan"),
    )
    several = len(conditions) > 1 or len(conditions.get("Tag", ())) > 1
    return {"And": conditions} if several else conditions


def _both(rule: Properties, name: str) -> list[Properties]:
    """Return what a rule says under the singular, which is deprecated, and the plural of a name."""
    return [*([rule[name]] if rule.get(name) else []), *(rule.get(f"{name}s") or [])]


def _transition(transition: Properties, prefix: str = "") -> dict[str, Any]:
    return _said(
        **{
            f"{prefix}Days": transition.get("TransitionInDays"),
            "Date": transition.get("TransitionDate"),
            "NewerNoncurrentVersions": transition.get("NewerNoncurrentVersions"),
            "StorageClass": transition.get("StorageClass"),
        }
    )


def _ownership(property_: Properties) -> dict[str, Any]:
    return {"Rule": property_.get("Rules") or []}


def _tagging(property_: Iterable[Properties]) -> dict[str, Any]:
    return {"TagSet": {"Tag": [{"Key": tag["Key"], "Value": tag["Value"]} for tag in property_]}}


def _no_ownership(name: str) -> None:
    s3._buckets[name].pop("_ownership_controls", None)


_BUCKET_CONFIGURATIONS: Mapping[str, tuple[str, Callable[[Any], dict[str, Any]], Any, Callable[[str], object]]] = {
    "BucketEncryption": (
        "ServerSideEncryptionConfiguration",
        _encryption,
        s3._put_bucket_encryption,
        s3._delete_bucket_encryption,
    ),
    "LifecycleConfiguration": (
        "LifecycleConfiguration",
        _lifecycle,
        s3._put_bucket_lifecycle,
        s3._delete_bucket_lifecycle,
    ),
    "OwnershipControls": ("OwnershipControls", _ownership, s3._put_bucket_ownership_controls, _no_ownership),
    "Tags": ("Tagging", _tagging, s3._put_bucket_tagging, s3._delete_bucket_tagging),
}
"""A bucket's properties: the API's document, what the property becomes in it, and how it is put and deleted."""


def _with_provider_url(change: Callable[..., Any]) -> Callable[..., Any]:
    """Add to what ``Fn::GetAtt`` gives of a user pool.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpool.html
    """

    def changed(*arguments: Any) -> Any:
        id_, attributes = change(*arguments)
        return id_, {**attributes, "ProviderURL": f"https://cognito-idp.{get_region()}.amazonaws.com/{id_}"}

    return changed


def _document(root: str, content: Mapping[str, Any]) -> bytes:
    element = ElementTree.Element(root, xmlns=s3.S3_NS)
    _fill(element, content)
    return bytes(ElementTree.tostring(element, encoding="utf-8"))


def _fill(element: ElementTree.Element, content: Mapping[str, Any]) -> None:
    for name, value in content.items():
        for each in value if isinstance(value, list) else [value]:
            child = ElementTree.SubElement(element, name)
            if isinstance(each, Mapping):
                _fill(child, each)
            else:
                child.text = str(each)


def _said(**fields: Any) -> dict[str, Any]:
    """Return what says something: nothing that is missing or empty."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def _lower(value: object) -> str | None:
    return None if value is None else str(value).lower()


def _booleans(properties: Properties) -> dict[str, Any]:
    """Read ``"true"`` and ``"false"``, which templates may say instead of true and false."""
    words = {"true": True, "false": False}
    return {key: words.get(value, value) if isinstance(value, str) else value for key, value in properties.items()}


def _check(answer: tuple[int, Any, Any]) -> None:
    """Fail the resource for the reason that the service gives."""
    status, _, body = answer
    if status >= 400:
        text = body.decode() if isinstance(body, bytes) else str(body)
        raise ValueError(text.partition("<Message>")[2].partition("</Message>")[0] or text)
