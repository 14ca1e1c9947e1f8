import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo import App, Bucket, CumuloError, Function, Stack, Stage, days, hours
from cumulo.synth.templates import template


def properties(resources, stack, title="PhotosBucket"):
    return resources(stack)[title]["Properties"]


def test_a_bucket_is_closed_and_encrypted(stack, resources) -> None:
    Bucket(stack, "photos")
    bucket = properties(resources, stack)
    assert bucket["BucketName"] == {"Fn::Sub": "shop-dev-photos-${AWS::AccountId}"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"] == [
        {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    ]
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert "CorsConfiguration" not in bucket


def test_plain_http_is_refused(stack, resources) -> None:
    Bucket(stack, "photos")
    policy = properties(resources, stack, "PhotosBucketPolicy")
    [statement] = policy["PolicyDocument"]["Statement"]
    assert policy["Bucket"] == {"Ref": "PhotosBucket"}
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    arn = {"Fn::GetAtt": ["PhotosBucket", "Arn"]}
    assert statement["Resource"] == [arn, {"Fn::Join": ["", [arn, "/*"]]}]


def test_production_keeps_the_bucket_and_what_was_overwritten(production, resources) -> None:
    Bucket(production, "photos", expire_after=days(365))
    for title in ("PhotosBucket", "PhotosBucketPolicy"):
        resource = resources(production)[title]
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
    bucket = properties(resources, production)
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["LifecycleConfiguration"]["Rules"] == [
        {"Id": "expiry", "Status": "Enabled", "ExpirationInDays": 365},
        {
            "Id": "unfinished-uploads",
            "Status": "Enabled",
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
        {"Id": "old-versions", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
    ]


def test_elsewhere_a_bucket_can_go(stack, resources) -> None:
    Bucket(stack, "photos")
    assert "DeletionPolicy" not in resources(stack)["PhotosBucket"]
    assert "VersioningConfiguration" not in properties(resources, stack)


def test_what_does_not_expire_moves_to_a_cheaper_class(stack, resources) -> None:
    Bucket(stack, "photos", versioned=True)
    first, _, last = properties(resources, stack)["LifecycleConfiguration"]["Rules"]
    assert first["Transitions"] == [{"StorageClass": "INTELLIGENT_TIERING", "TransitionInDays": 30}]
    assert last["ExpiredObjectDeleteMarker"] is True


def test_pages_of_the_named_origins_may_read_and_put(stack, resources) -> None:
    Bucket(stack, "photos", cors=("https://app.example.com", "https://*.example.org"))
    [rule] = properties(resources, stack)["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == ["https://app.example.com", "https://*.example.org"]
    assert rule["AllowedMethods"] == ["GET", "HEAD", "PUT"]


@pytest.mark.parametrize("origin", ["app.example.com", "https://app.example.com/", "https://*.*.example.com", ""])
def test_what_is_no_origin_is_refused(stack, origin: str) -> None:
    with pytest.raises(CumuloError, match=r"is no origin.*\nhint: write scheme and host"):
        Bucket(stack, "photos", cors=(origin,))


@pytest.mark.parametrize("origin", ["*", "http://localhost:3000", "https://*.example.com", "http://127.0.0.1:8080"])
def test_what_is_an_origin_is_taken(stack, origin: str) -> None:
    Bucket(stack, "photos", cors=(origin,))


@pytest.mark.parametrize("duration", [hours(36), days(0), days(-1)])
@pytest.mark.parametrize("name", ["expire_after", "abort_uploads_after", "keep_versions"])
def test_a_lifecycle_counts_whole_days(stack, name: str, duration) -> None:
    with pytest.raises(CumuloError, match=rf"{name} is .*, not whole days"):
        Bucket(stack, "photos", **{"versioned": True, name: duration})


def test_a_number_is_no_duration(stack) -> None:
    with pytest.raises(CumuloError, match=r"write expire_after=days\(365\)"):
        Bucket(stack, "photos", expire_after=365)


@pytest.mark.parametrize(
    ("intent", "actions"),
    [
        ("get", {"GetObject"}),
        ("put", {"PutObject", "AbortMultipartUpload"}),
        ("delete", {"DeleteObject"}),
    ],
)
def test_grants_are_narrowed_by_key(stack, intent: str, actions: set[str]) -> None:
    bucket = Bucket(stack, "photos")
    [grant] = vars(Bucket)[intent](bucket, "uploads/*").grants
    assert set(grant.actions) == {f"s3:{action}" for action in actions}
    assert [resource.suffix for resource in grant.resources] == ["/uploads/*"]
    [everything] = vars(Bucket)[intent](bucket).grants
    assert [resource.suffix for resource in everything.resources] == ["/*"]


def test_a_list_is_narrowed_by_a_condition(stack, resources) -> None:
    bucket = Bucket(stack, "photos")
    Function(stack, "show", handler="functions.show", links=[bucket.list("uploads/"), bucket.get("uploads/*")])
    [policy] = resources(stack)["ShowRole"]["Properties"]["Policies"]
    statements = {
        statement["Action"][0]: statement
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"][0].startswith("s3:")
    }
    assert statements["s3:ListBucket"]["Condition"] == {"StringLike": {"s3:prefix": "uploads/*"}}
    assert statements["s3:ListBucket"]["Resource"] == {"Fn::GetAtt": ["PhotosBucket", "Arn"]}
    assert "Condition" not in statements["s3:GetObject"]
    assert resources(stack)["ShowFunction"]["Properties"]["Environment"]["Variables"]["PHOTOS_BUCKET_NAME"] == {
        "Ref": "PhotosBucket"
    }


def test_lists_of_different_prefixes_stay_apart(stack, resources) -> None:
    bucket = Bucket(stack, "photos")
    Function(stack, "show", handler="functions.show", links=[bucket.list("a/"), bucket.list("b/"), bucket.list("a/")])
    [policy] = resources(stack)["ShowRole"]["Properties"]["Policies"]
    conditions = [statement.get("Condition") for statement in policy["PolicyDocument"]["Statement"]]
    assert [condition["StringLike"]["s3:prefix"] for condition in conditions if condition] == ["a/*", "b/*"]


def test_the_whole_link_has_no_administration(stack) -> None:
    actions = {action for grant in Bucket(stack, "photos").link().grants for action in grant.actions}
    assert actions == {"s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListBucket"}


@pytest.mark.parametrize(("keys", "hint"), [("/uploads/*", "'uploads/*'"), ("uploads/", '"uploads/*"')])
def test_a_pattern_that_matches_nothing_is_refused(stack, keys: str, hint: str) -> None:
    bucket = Bucket(stack, "photos")
    with pytest.raises(CumuloError) as caught:
        bucket.put(keys)
    assert f"hint: write {hint}" in str(caught.value)


@pytest.mark.parametrize("made_for", ["stack", "production"])
def test_cfn_lint_finds_nothing(request, made_for: str) -> None:
    api = pytest.importorskip("cfnlint.api")
    stack = request.getfixturevalue(made_for)
    Bucket(stack, "photos", cors=("*",), expire_after=days(365))
    Bucket(stack, "notes", versioned=True)
    found = api.lint_all(json.dumps(template(stack)))
    assert [str(match) for match in found if match.rule.id[0] in "EW"] == []


@given(
    app=st.from_regex(r"[a-z][a-z0-9]{0,31}", fullmatch=True),
    stage=st.from_regex(r"[a-z][a-z0-9]{0,15}", fullmatch=True),
    id_=st.from_regex(r"[a-z][a-z0-9]{0,30}(-[a-z0-9]{1,20})?", fullmatch=True),
)
def test_every_name_fits_into_63_characters(app: str, stage: str, id_: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html."""
    stack = Stack(App(app, Stage(stage)), "data")
    Bucket(stack, id_)
    [bucket] = [r for r in template(stack)["Resources"].values() if r["Type"] == "AWS::S3::Bucket"]
    name = bucket["Properties"]["BucketName"]["Fn::Sub"].replace("${AWS::AccountId}", "123456789012")
    assert len(name) <= 63
    assert name == name.lower()
