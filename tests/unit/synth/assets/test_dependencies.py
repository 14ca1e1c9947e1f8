"""From imports to packages, in an environment made of metadata folders."""

import json

import pytest

from cumulo.errors import CumuloError
from cumulo.synth.assets.dependencies import Needs, project_requirements, resolve
from cumulo.synth.assets.environment import read_environment
from cumulo.synth.assets.package import Package
from cumulo.synth.assets.target import Target
from cumulo.synth.assets.trace import External

ARM = Target("3.11", "arm64")


@pytest.fixture
def install(write):
    """Install distributions: name → (version, files, requirements, direct URL)."""

    def make(**distributions):
        files = {}
        for name, (version, paths, requires, *url) in distributions.items():
            folder = f"{name}-{version}.dist-info"
            lines = [f"Requires-Dist: {each}" for each in requires]
            files[f"{folder}/METADATA"] = "\n".join(
                ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines]
            )
            files[f"{folder}/RECORD"] = "".join(f"{path},sha256=x,1\n" for path in [*paths, f"{folder}/RECORD"])
            files.update(dict.fromkeys(paths, ""))
            files.update({f"{folder}/direct_url.json": json.dumps(each) for each in url})
        return read_environment([str(write(files, "site"))])

    return make


def needs(*modules, include=(), bundle_boto3=False, optional=False, names=()):
    externals = tuple(External(module, "a.py:1", optional, names) for module in modules)
    return Needs(externals, include, bundle_boto3)


def names(packages):
    return [f"{package.name}=={package.version}" for package in packages]


def test_the_closure_of_an_import_has_the_installed_versions(install):
    environment = install(
        Alpha=("1.2", ["alpha/__init__.py"], ["beta_b>=1", "nowhere; sys_platform == 'win32'"]),
        beta_b=("2.0", ["beta.py"], ["alpha"]),
        unused=("3", ["unused.py"], []),
    )
    assert names(resolve(needs("alpha.sub"), ARM, environment, [])) == ["alpha==1.2", "beta-b==2.0"]


def test_markers_are_those_of_the_target(install):
    environment = install(
        a=(
            "1",
            ["a.py"],
            [
                "arm; platform_machine == 'aarch64'",
                "intel; platform_machine == 'x86_64'",
                "old; python_version < '3.12'",
            ],
        ),
        arm=("1", [], []),
        intel=("1", [], []),
        old=("1", [], []),
    )
    assert names(resolve(needs("a"), ARM, environment, [])) == ["a==1", "arm==1", "old==1"]
    assert names(resolve(needs("a"), Target("3.12", "x86_64"), environment, [])) == ["a==1", "intel==1"]


def test_extras_are_those_that_the_project_and_packages_declare(install):
    environment = install(
        a=("1", ["a.py"], ["x; extra == 'one'", "y; extra == 'two'", "z; extra == 'three'"]),
        b=("1", ["b.py"], ["a[two]"]),
        x=("1", [], []),
        y=("1", [], []),
    )
    assert names(resolve(needs("a"), ARM, environment, [])) == ["a==1"]
    assert names(resolve(needs("a"), ARM, environment, ["a[one]>=1"])) == ["a==1", "x==1"]
    assert names(resolve(needs("b"), ARM, environment, ["a[one]"])) == ["a==1", "b==1", "x==1", "y==1"]


def test_the_runtimes_sdk_stays_out_unless_asked_for(install):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-package.html: the runtime includes Boto3."""
    environment = install(
        boto3=("1.40", ["boto3/__init__.py"], ["botocore"]),
        botocore=("1.40", ["botocore/__init__.py"], ["urllib3<3,>=1.26"]),
        urllib3=("2.6", ["urllib3/__init__.py"], []),
        needy=("1", ["needy.py"], ["urllib3>=2.5"]),
        easy=("1", ["easy.py"], ["urllib3<3"]),
    )
    assert resolve(needs("boto3", "boto3.dynamodb"), ARM, environment, []) == ()
    everything = ["boto3==1.40", "botocore==1.40", "urllib3==2.6"]
    assert names(resolve(needs("boto3", bundle_boto3=True), ARM, environment, [])) == everything
    assert names(resolve(needs("easy"), ARM, environment, [])) == ["easy==1"]
    assert names(resolve(needs("needy"), ARM, environment, [])) == ["needy==1", "urllib3==2.6"]
    assert names(resolve(needs("urllib3"), ARM, environment, ["urllib3>=2.4"])) == ["urllib3==2.6"]


def test_the_sdk_need_not_be_installed(install):
    assert resolve(needs("boto3", "awslambdaric.lambda_context"), ARM, install(), []) == ()


def test_distributions_that_share_a_namespace_are_told_apart(install):
    environment = install(
        one=("1", ["google/one/__init__.py", "google/one/a.py"], []),
        two=("1", ["google/two/__init__.py"], []),
    )
    assert names(resolve(needs("google.one.a"), ARM, environment, [])) == ["one==1"]
    assert names(resolve(needs("google", names=("two",)), ARM, environment, [])) == ["two==1"]


def test_packages_loaded_by_name_can_be_included(install):
    environment = install(psycopg_binary=("3", ["psycopg_binary/__init__.py"], []))
    assert names(resolve(needs(include=("psycopg-binary",)), ARM, environment, [])) == ["psycopg-binary==3"]


def test_an_import_that_nothing_provides_is_told_with_its_line(install):
    environment = install(pydantic=("2", ["pydantic/__init__.py"], []))
    with pytest.raises(CumuloError, match=r"^a\.py:1: imports 'pydantik.x', which neither") as raised:
        resolve(needs("pydantik.x"), ARM, environment, [])
    assert raised.value.hint == "did you mean 'pydantic'?"


def test_an_optional_import_that_nothing_provides_is_left_out(install):
    assert resolve(needs("orjson", optional=True), ARM, install(), []) == ()


def test_a_dependency_that_is_not_installed_is_named(install):
    with pytest.raises(CumuloError, match="the package 'gone' is needed, and is not installed"):
        resolve(needs("a"), ARM, install(a=("1", ["a.py"], ["gone>=1"])), [])


@pytest.mark.parametrize(
    ("direct", "url"),
    [
        ({"url": "https://x/a.whl", "archive_info": {}}, "https://x/a.whl"),
        ({"url": "https://x/a.git", "vcs_info": {"vcs": "git", "commit_id": "c0"}}, "git+https://x/a.git@c0"),
    ],
)
def test_a_package_from_a_url_comes_from_there_again(install, direct, url):
    assert resolve(needs("a"), ARM, install(a=("1", ["a.py"], [], direct)), []) == (Package("a", "1", url),)


def test_an_installation_changes_what_the_environment_is(install):
    before = install(a=("1", ["a.py"], []))
    assert install(a=("1", ["a.py"], []), b=("1", ["b.py"], [])).metadata != before.metadata


def test_the_projects_dependencies_are_read(write):
    pyproject = '[project]\nname="p"\ndependencies=["a[x]"]\n[project.optional-dependencies]\ny=["b"]'
    assert project_requirements(write({"pyproject.toml": pyproject})) == ("a[x]", "b")


def test_requirements_txt_is_read_where_there_is_no_project_table(write):
    project = write({"requirements.txt": "# all\n-r other.txt\na[x]==1  # why\n\nb; python_version > '3'\n"})
    assert project_requirements(project) == ("a[x]==1", "b; python_version > '3'")


def test_mistakes_in_the_project_are_told(write, install):
    with pytest.raises(CumuloError, match=r"pyproject\.toml: is not valid TOML"):
        project_requirements(write({"pyproject.toml": "["}))
    with pytest.raises(CumuloError, match="'!!' is not a requirement"):
        resolve(needs(), ARM, install(), ["!!"])
