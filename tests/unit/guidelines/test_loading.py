"""From the arguments of `cumulo check` to what is judged: folders, nested stacks, source, parameters, bad input."""

from __future__ import annotations

import json
import os

import pytest

from cumulo.errors import UsageError
from cumulo.guidelines.engine import check
from cumulo.guidelines.loading import load

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}}


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")
    return path


def template(**resources):
    return {"Resources": resources or {"Q": QUEUE}}


def names(loaded):
    return [stack.name for stack in loaded.system.stacks]


def problems(loaded):
    return [(finding.rule, finding.message) for finding in loaded.before]


# Folders


def test_a_folder_stands_for_its_templates(tmp_path):
    write(tmp_path / "a.yaml", template())
    write(tmp_path / "deep/b.json", template())
    for place in (".hidden", "node_modules/x", ".venv/lib", "lib/site-packages"):
        write(tmp_path / place / "c.yaml", template())
    write(tmp_path / "package.json", {"Resources": "no"})
    write(tmp_path / "k8s.yml", "kind: Deployment\nResources: 1\n")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.yaml")
    loaded = load([tmp_path])
    assert names(loaded) == ["a", "b"]
    assert loaded.before == ()


def test_a_folder_without_templates_is_one_line(tmp_path):
    loaded = load([tmp_path])
    assert problems(loaded) == [("CHK003", "has no CloudFormation template in it")]
    assert loaded.system.stacks == ()


def test_a_serverless_package_is_the_template_that_has_the_system_in_it(tmp_path):
    folder = tmp_path / ".serverless"
    write(folder / "cloudformation-template-create-stack.json", template())
    write(folder / "cloudformation-template-update-stack.json", template())
    write(folder / "serverless-state.json", {"service": {"provider": template()}, "Resources": "AWS::"})
    assert [path.name for path in load([folder]).files] == ["cloudformation-template-update-stack.json"]


def test_a_sam_build_is_its_template(tmp_path):
    write(tmp_path / ".aws-sam/build/template.yaml", template())
    write(tmp_path / ".aws-sam/build/Fn/vendored.yaml", template())
    loaded = load([tmp_path / ".aws-sam/build"])
    assert names(loaded) == ["template"]
    assert loaded.system.stacks[0].mended_at(("Resources", "Q")) is None


# A CDK app's cloud assembly


def cdk_out(folder, metadata_file=True):
    metadata = {
        "/Shop": [{"type": "aws:cdk:templateFile", "data": "Shop.template.json"}],
        "/Shop/Jobs/Resource": [{"type": "aws:cdk:logicalId", "data": "Q"}],
        "/Shop/In": [{"type": "aws:cdk:templateFile", "data": "ShopIn.nested.template.json"}],
        "/Shop/In.NestedStack/In.NestedStackResource": [{"type": "aws:cdk:logicalId", "data": "Nested"}],
        "/Shop/In/Worker/Resource": [{"type": "aws:cdk:logicalId", "data": "W"}],
    }
    about = {"additionalMetadataFile": "Shop.metadata.json"} if metadata_file else {"metadata": metadata}
    write(folder / "Shop.metadata.json", metadata)
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://123456789012/eu-west-1",
        "properties": {"templateFile": "Shop.template.json", "stackName": "shop-prod", "terminationProtection": True},
        **about,
    }
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-prod"}}
    write(folder / "manifest.json", {"version": "48.0.0", "artifacts": {"Shop": artifact, "prod": stage}})
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": {"Url": {"Ref": "Q"}}}}
    write(folder / "Shop.template.json", template(Q=QUEUE, Nested=nested))
    worker = {"Type": "AWS::Lambda::Function", "Properties": {"Environment": {"Variables": {"URL": {"Ref": "Url"}}}}}
    inner = {"Parameters": {"Url": {"Type": "String"}}, **template(W=worker)}
    write(folder / "ShopIn.nested.template.json", inner)
    inside = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "X.template.json"}}
    write(folder / "assembly-prod/manifest.json", {"version": "48.0.0", "artifacts": {"X": inside}})
    write(folder / "assembly-prod/X.template.json", template())
    write(folder / "tree.json", {"Resources": "AWS::"})
    return folder


@pytest.mark.parametrize("metadata_file", [True, False])
def test_a_cloud_assembly_has_stacks_stages_and_nested_stacks(tmp_path, metadata_file):
    """https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-app"""
    loaded = load([cdk_out(tmp_path / "cdk.out", metadata_file)])
    assert loaded.before == ()
    shop, inner, staged = loaded.system.stacks
    assert [shop.name, inner.name, staged.name] == ["shop-prod", "shop-prod-In", "X"]
    # A nested stack has the protection of its root.
    assert (shop.protected, inner.protected, staged.protected) == (True, None, False)
    assert shop.scope.pseudo == {
        "AWS::StackName": "shop-prod",
        "AWS::Region": "eu-west-1",
        "AWS::AccountId": "123456789012",
    }
    assert shop.resources["Q"].subject == "shop-prod/Jobs"
    assert inner.resources["W"].subject == "shop-prod-In/Worker"
    (url,) = inner.resources["W"].get("Environment", "Variables", "URL")
    assert loaded.system.target(url, "AWS::SQS::Queue") is shop.resources["Q"]


def test_a_project_with_a_cloud_assembly_in_it_has_its_stacks(tmp_path):
    cdk_out(tmp_path / "cdk.out")
    assert names(load([tmp_path])) == ["shop-prod", "shop-prod-In", "X"]


@pytest.mark.parametrize(
    ("file", "name", "subject"),
    [("Shop", "shop-prod", "shop-prod/Jobs"), ("ShopIn.nested", "shop-prod-In", "shop-prod-In/Worker")],
)
def test_a_single_template_of_a_cloud_assembly_is_what_its_manifest_says(tmp_path, file, name, subject):
    stack = load([cdk_out(tmp_path / "cdk.out") / f"{file}.template.json"]).system.stacks[0]
    assert stack.name == name
    assert stack.scope.pseudo["AWS::Region"] == "eu-west-1"
    assert subject in {resource.subject for resource in stack.resources.values()}
    assert stack.mended_at(("Resources", "Q")) is None


def test_a_template_beside_a_manifest_that_does_not_name_it_is_judged_as_it_is(tmp_path):
    folder = cdk_out(tmp_path / "cdk.out")
    assert names(load([write(folder / "other.json", template())])) == ["other"]
    write(folder / "manifest.json", {"artifacts": {"A": {"type": "aws:cloudformation:stack", "properties": {}}}})
    assert names(load([folder / "Shop.template.json"]))[0] == "Shop"


def test_constructs_are_named_by_their_paths_and_mended_in_the_words_of_the_cdk(tmp_path):
    """https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html#identifiers-paths"""
    worker = {"Type": "AWS::Lambda::Function", "Metadata": {"aws:cdk:path": "Shop/Mail/Worker/Resource"}}
    queue = {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "Shop/Jobs/Resource"}}
    mapping = {"EventSourceArn": {"Fn::GetAtt": ["Jobs1", "Arn"]}, "FunctionName": {"Ref": "MailWorker1"}}
    source = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}
    cdk = write(tmp_path / "cdk.json", template(MailWorker1=worker, Jobs1=queue, Source=source))
    hand = write(tmp_path / "hand.json", template(MailWorker1={"Type": "AWS::Lambda::Function"}))
    found = check(load([cdk], production=True).system, lint=False).findings
    fixes = {finding.rule: finding.fix for finding in found if finding.subject == "cdk/Mail/Worker"}
    assert fixes["FN001"] == "memory_size=512"
    assert "no alarm watches the errors of Mail/Worker" in {finding.message for finding in found}
    (backlog,) = (finding for finding in found if "that wait for Mail/Worker" in finding.message)
    assert backlog.fix.startswith("queue.metric_approximate_age_of_oldest_message().create_alarm(")
    (by_hand,) = (each for each in check(load([hand]).system, lint=False).findings if each.rule == "FN001")
    assert by_hand.fix == "MemorySize: 512"


def test_a_template_of_the_cdk_is_known_without_the_paths_of_its_constructs(tmp_path):
    """https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html#bootstrapping-contract"""
    version = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}
    expiry = {"Rules": [{"Status": "Enabled", "ExpirationInDays": 90}]}
    bucket = template(B={"Type": "AWS::S3::Bucket", "Properties": {"LifecycleConfiguration": expiry}})
    cdk = write(tmp_path / "cdk.json", {"Parameters": {"BootstrapVersion": version}, **bucket})
    hand = write(tmp_path / "hand.json", bucket)
    found = check(load([cdk, hand]).system, lint=False).findings
    fixes = {(finding.subject, finding.rule): finding.fix for finding in found}
    assert fixes["cdk/B", "S3006"] == "enforce_ssl=True"
    assert fixes["hand/B", "S3006"].startswith("Type: AWS::S3::BucketPolicy")
    uploads = "abort_incomplete_multipart_upload_after=Duration.days(7)"
    assert fixes["cdk/B", "S3004"] == f"lifecycle_rules=[s3.LifecycleRule({uploads})]"


def test_the_paths_of_constructs_stand_in_older_templates(tmp_path):
    body = {**QUEUE, "Metadata": {"aws:cdk:path": "Shop/Jobs/Resource"}}
    (stack,) = load([write(tmp_path / "t.json", template(Q=body))]).system.stacks
    assert stack.resources["Q"].subject == "t/Jobs"


def test_what_the_cdk_adds_for_itself_is_never_found(tmp_path):
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.6"}}
    own = {
        "LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8aFD4BFC8A": function,
        "CustomS3AutoDeleteObjectsCustomResourceProviderHandler9D90184F": function,
        "ProviderframeworkisComplete26D7B0CB": function,
        "B": {**function, "Metadata": {"aws:cdk:path": "Shop/Provider/framework-onTimeout/Resource"}},
        "A": {**function, "Metadata": {"aws:cdk:path": "Shop/Custom::CDKBucketDeployment8693BB6/Resource"}},
        "Mine": function,
    }
    report = check(load([write(tmp_path / "t.json", template(**own))]).system, lint=False)
    assert {finding.subject for finding in report.findings} == {"t/Mine"}


def test_a_manifest_names_nothing_outside_of_its_folder(tmp_path):
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "../secret.json"}}
    write(tmp_path / "secret.json", template())
    write(tmp_path / "cdk.out/manifest.json", {"artifacts": {"A": artifact}})
    assert problems(load([tmp_path / "cdk.out"])) == [("CHK003", "names a file outside of its folder (../secret.json)")]


def test_an_assembly_that_contains_itself_ends(tmp_path):
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}
    write(tmp_path / "cdk.out/manifest.json", {"artifacts": {"A": stage}})
    assert names(load([tmp_path / "cdk.out"])) == []


@pytest.mark.parametrize(("content", "where"), [("{\n]", ":2"), ("", ":1"), ("[[[" * 100_000, "")])
def test_a_manifest_that_is_broken_is_one_line_and_the_templates_are_judged(tmp_path, content, where):
    manifest = write(tmp_path / "cdk.out/manifest.json", content)
    written = write(tmp_path / "cdk.out/Shop.template.json", template())
    for argument in (tmp_path, written):
        loaded = load([argument])
        assert problems(loaded) == [("CHK003", "is not JSON")]
        (problem,) = loaded.before
        assert f"{problem.file}:{problem.line}".removesuffix(":None") == f"{manifest}{where}"
        assert names(loaded) == ["Shop"]


def test_a_manifest_of_another_tool_is_left_alone(tmp_path):
    write(tmp_path / "site/manifest.json", "{")
    os.mkfifo(write(tmp_path / "pipe/t.json", template()).with_name("manifest.json"))
    loaded = load([tmp_path])
    assert (names(loaded), loaded.before) == (["t"], ())


# Nested stacks


def nested_stack(url, **parameters):
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, "Parameters": parameters}}


def test_a_nested_template_beside_its_parent_is_judged_with_what_it_is_given(tmp_path):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html"""
    child = {
        "Parameters": {"Name": {"Type": "String", "Default": "unused"}},
        **template(Q={"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Name"}}}),
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Q", "Arn"]}}},
    }
    write(tmp_path / "child.json", child)
    source = {"Fn::GetAtt": ["Inner", "Outputs.Arn"]}
    mapping = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"EventSourceArn": source}}
    parent = template(Inner=nested_stack("child.json", Name="given"), M=mapping)
    loaded = load([write(tmp_path / "parent.json", parent)])
    outer, inner = loaded.system.stacks
    assert inner.resources["Q"].get("QueueName")[0].text == "given"
    (arn,) = outer.resources["M"].get("EventSourceArn")
    assert loaded.system.target(arn, "AWS::SQS::Queue") is inner.resources["Q"]


def test_a_template_that_two_stacks_nest_has_the_values_of_both(tmp_path):
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Name"}}}
    write(tmp_path / "child.json", {"Parameters": {"Name": {"Type": "String"}}, **template(Q=queue)})
    parent = template(One=nested_stack("child.json", Name="one"), Two=nested_stack("./child.json", Name="two"))
    loaded = load([write(tmp_path / "parent.json", parent), tmp_path / "child.json"])
    assert names(loaded) == ["parent", "child"]
    assert [value.text for value in loaded.system.stacks[1].resources["Q"].get("QueueName")] == ["one", "two"]


def test_stacks_that_nest_each_other_end(tmp_path):
    for name, other in (("a", "b"), ("b", "a")):
        value = {"Fn::GetAtt": ["N", "Outputs.X"]}
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "P"}}}
        body = {
            "Parameters": {"P": {"Type": "String"}},
            **template(N=nested_stack(f"{other}.json", P=value), Q=queue),
            "Outputs": {"X": {"Value": value}},
        }
        write(tmp_path / f"{name}.json", body)
    loaded = load([tmp_path / "a.json"])
    assert names(loaded) == ["a", "b"]
    for stack in loaded.system.stacks:
        assert [value.known for value in stack.resources["Q"].get("QueueName")] == [False]


def test_a_nested_template_that_is_none_is_one_line(tmp_path):
    write(tmp_path / "child.json", "[")
    loaded = load([write(tmp_path / "parent.json", template(N=nested_stack("child.json")))])
    assert names(loaded) == ["parent"]
    assert [rule for rule, _ in problems(loaded)] == ["CHK003"]


@pytest.mark.parametrize("url", ["https://s3/x.json", "/etc/passwd", "gone.json", "a\0b", {"Ref": "Nothing"}, 3, ["x"]])
def test_a_nested_template_that_is_elsewhere_is_left_alone(tmp_path, url):
    loaded = load([write(tmp_path / "parent.json", template(N=nested_stack(url)))])
    assert names(loaded) == ["parent"]
    assert loaded.before == ()


# The functions' source

HANDLER = "def handler(event, context):\n    print(event)\n"


def found_in_source(loaded):
    report = check(loaded.system, before=loaded.before, lint=False)
    return [(f.rule, f.subject, f.file, f.line) for f in report.findings if f.rule.startswith("SRC004")]


def function(code, handler="app.handler", runtime="python3.12", key="Code"):
    kind = "AWS::Serverless::Function" if key == "CodeUri" else "AWS::Lambda::Function"
    return {"Type": kind, "Properties": {key: code, "Handler": handler, "Runtime": runtime}}


def test_functions_with_code_beside_their_template_are_judged_each_from_its_own_root(tmp_path):
    write(tmp_path / "one/app.py", HANDLER)
    write(tmp_path / "two/app.py", "\n" + HANDLER)
    write(tmp_path / "unused/app.py", HANDLER)
    write(tmp_path / "t.json", template(A=function("one/"), B=function("./two")))
    assert found_in_source(load([tmp_path / "t.json"], project=tmp_path)) == [
        ("SRC004", "one/app.py:handler in t/A", "one/app.py", 2),
        ("SRC004", "two/app.py:handler in t/B", "two/app.py", 3),
    ]


def test_code_of_sam_functions_may_be_in_globals(tmp_path):
    write(tmp_path / "src/app.py", HANDLER)
    body = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Globals": {"Function": {"CodeUri": "src", "Runtime": "python3.12"}},
        **template(A={"Type": "AWS::Serverless::Function", "Properties": {"Handler": "app.handler"}}),
    }
    loaded = load([write(tmp_path / "t.json", body)], project=tmp_path)
    assert found_in_source(loaded) == [("SRC004", "src/app.py:handler in t/A", "src/app.py", 2)]


def test_shared_code_names_the_functions_that_run_it(tmp_path):
    write(tmp_path / "src/shared.py", "def log(event):\n    print(event)\n")
    for name in "abcde":
        write(tmp_path / f"src/{name}.py", "import shared\ndef handler(event, context):\n    shared.log(event)\n")
    functions = {name.upper(): function("src", f"{name}.handler") for name in "abcde"}
    loaded = load([write(tmp_path / "t.json", template(**functions))], project=tmp_path)
    assert found_in_source(loaded) == [("SRC004", "src/shared.py:log in t/A, t/B, t/C and 2 more", "src/shared.py", 2)]


@pytest.mark.parametrize("handler", ["app.handler", "src/app.handler", "src.app.handler"])
def test_source_is_where_handlers_are_that_do_not_say(tmp_path, handler):
    write(tmp_path / "src/app.py", HANDLER)
    bucket = function({"S3Bucket": "b", "S3Key": "k"}, handler)
    path = write(tmp_path / "t.json", template(A=bucket))
    assert found_in_source(load([path], project=tmp_path)) == []
    assert len(found_in_source(load([path], project=tmp_path, source=tmp_path / "src"))) == 1


@pytest.mark.parametrize(
    "body",
    [
        function("src", runtime="nodejs20.x"),
        function("gone"),
        function({"ZipFile": "x"}),
        function("/"),
        function("src", "../app.handler"),
        function("src", "app"),
        function("src", {"Ref": "X"}),
        function(["src"]),
    ],
)
def test_source_that_is_not_there_or_not_python_is_left_alone(tmp_path, body):
    write(tmp_path / "src/app.py", HANDLER)
    write(tmp_path / "app.py", HANDLER)
    assert found_in_source(load([write(tmp_path / "t.json", template(A=body))], project=tmp_path)) == []


def test_source_that_does_not_parse_is_one_line_and_the_rest_is_judged(tmp_path):
    write(tmp_path / "one/app.py", "def handler(:\n")
    write(tmp_path / "two/app.py", HANDLER)
    loaded = load([write(tmp_path / "t.json", template(A=function("one"), B=function("two")))], project=tmp_path)
    report = check(loaded.system, lint=False)
    assert [f.file for f in report.findings if f.rule == "CHK003"] == ["one/app.py"]
    assert [f.file for f in report.findings if f.rule == "SRC004"] == ["two/app.py"]


def test_a_handler_that_cannot_be_read_is_one_line_and_the_rest_is_judged(tmp_path):
    for name in ("pipe", "loop", "fine"):
        (tmp_path / name).mkdir()
    os.mkfifo(tmp_path / "pipe/app.py")
    (tmp_path / "loop/app.py").symlink_to(tmp_path / "loop/app.py")
    write(tmp_path / "fine/app.py", HANDLER)
    functions = {name.upper(): function(name) for name in ("pipe", "loop", "fine")}
    loaded = load([write(tmp_path / "t.json", template(**functions))], project=tmp_path)
    report = check(loaded.system, lint=False)
    assert [f.file for f in report.findings if f.rule == "CHK003"] == ["loop/app.py", "pipe/app.py"]
    assert [f.file for f in report.findings if f.rule == "SRC004"] == ["fine/app.py"]


# Parameters


def test_given_parameters_replace_defaults_and_settle_conditions(tmp_path):
    body = {
        "Parameters": {"Env": {"Type": "String", "Default": "dev"}},
        "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}},
        **template(
            Q={"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::If": ["IsProd", "a", {"Ref": "Env"}]}}}
        ),
    }
    path = write(tmp_path / "t.json", body)

    def queue_names(**parameters):
        (stack,) = load([path], parameters=parameters).system.stacks
        return [value.text for value in stack.resources["Q"].get("QueueName")]

    assert queue_names() == ["a", "dev"]
    assert queue_names(Env="prod") == ["a"]
    assert queue_names(Env="test") == ["test"]
    with pytest.raises(UsageError, match="no template has a parameter Enw"):
        load([path], parameters={"Enw": "prod"})


# Bad input

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"Resources: [", "is not YAML"),
        (b"Resources: {A: \xe4}", "is not UTF-8"),
        (b"", "is not a CloudFormation template"),
        (b"\0\0\0", "is not YAML"),
        (b"Resources: {A: b\0}", "is not YAML"),
        (b"x" * 10_000_000, "is larger than 5 MB"),
        (b"[" * 200_000, "nested deeper"),
        (b'{"Resources":' + b"[" * 200_000, "nested deeper"),
        (BOMB.encode(), "expands to more than"),
        (b"Resources: x", "is not a CloudFormation template"),
        (b"- Resources", "is not a CloudFormation template"),
        (b"Resources: &a {A: *a}", "contains itself"),
    ],
)
def test_a_file_that_is_no_template_is_one_line_and_the_others_are_judged(tmp_path, content, what):
    (tmp_path / "bad.yaml").write_bytes(content)
    loaded = load([tmp_path / "bad.yaml", write(tmp_path / "good.json", template())])
    ((rule, message),) = problems(loaded)
    assert rule == "CHK003"
    assert what in message
    assert "\n" not in message
    assert names(loaded) == ["good"]


def test_a_template_that_cannot_be_read_leaves_the_rest_of_its_folder_judged(tmp_path):
    write(tmp_path / "a.yaml", "AWSTemplateFormatVersion: [\nResources: {}\n")
    write(tmp_path / "b.yaml", template())
    loaded = load([tmp_path])
    assert [rule for rule, _ in problems(loaded)] == ["CHK003"]
    assert names(loaded) == ["b"]


def test_a_folder_that_may_not_be_entered_is_said_and_the_rest_is_judged(open_to_all, nobody):
    write(open_to_all / "shut/t.yaml", template())
    write(open_to_all / "fine/t.yaml", template())
    load([open_to_all])
    (open_to_all / "shut").chmod(0)
    with nobody():
        whole, inner, file = (load([open_to_all / name]) for name in (".", "shut", "shut/t.yaml"))
    for loaded, place in ((whole, "shut"), (inner, "shut"), (file, "shut/t.yaml")):
        assert problems(loaded) == [("CHK003", "cannot be read (Permission denied)")]
        assert loaded.before[0].file == str(open_to_all / place)
    assert names(whole) == ["t"]


def test_a_second_document_is_said(tmp_path):
    text = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n---\nResources: {}\n"
    loaded = load([write(tmp_path / "t.yaml", text)])
    (problem,) = loaded.before
    assert (problem.rule, problem.line) == ("CHK003", 3)
    assert "only the first one is judged" in problem.message
    assert names(loaded) == ["t"]


def test_properties_with_nothing_behind_them_are_none(tmp_path):
    def found(text):
        loaded = load([write(tmp_path / "t.yaml", text)])
        return sorted(finding.rule for finding in check(loaded.system, lint=False).findings)

    bucket = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n"
    assert found(f"{bucket}    Properties:\n") == found(bucket)
    assert "S3001" in found(bucket)


def test_files_that_cannot_be_read_are_one_line_each(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    loaded = load([tmp_path / "gone.yaml", tmp_path / "loop", tmp_path / "gone.yaml"])
    assert [rule for rule, _ in problems(loaded)] == ["CHK003", "CHK003"]


def test_macros_are_said_and_transforms_of_aws_are_known(tmp_path):
    body = {"Transform": ["AWS::LanguageExtensions", "Mine", {"Name": "Other"}], **template()}
    loaded = load([write(tmp_path / "t.json", body)])
    assert [rule for rule, _ in problems(loaded)] == ["CHK007", "CHK007"]
    assert names(loaded) == ["t"]


def test_a_parameter_that_allows_the_production_stage_is_it(tmp_path):
    queue = {
        "Type": "AWS::SQS::Queue",
        "Properties": {"QueueName": {"Ref": "Env"}, "DelaySeconds": {"Fn::If": ["Prod", 1, 2]}},
    }
    body = {
        "Parameters": {"Env": {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"]}},
        "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}},
        "Resources": {"Q": queue},
    }
    path = write(tmp_path / "a.json", body)

    def values(key, **options):
        (resource,) = load([path], **options).system.resources
        return [value.plain for value in resource.get(key)]

    assert values("QueueName", stage="prod", production=True) == ["prod"]
    assert values("DelaySeconds", stage="prod", production=True) == [1]
    assert values("DelaySeconds", stage="prod", production=True, parameters={"Env": "dev"}) == [2]
    assert values("DelaySeconds", stage="dev") == [1, 2]
