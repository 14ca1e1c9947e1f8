import hashlib
from pathlib import Path

import pytest

from cumulo.assembly import Assembly, StackArtifact
from cumulo.delivery.assets import asset_uploads, template_upload
from cumulo.errors import CumuloError


def assembly(folder: Path, *keys: str) -> Assembly:
    resources = {f"F{n}": {"Properties": {"Code": {"S3Bucket": "b", "S3Key": key}}} for n, key in enumerate(keys)}
    stack = StackArtifact(id="api", name="shop-dev-api", template={"Resources": resources})
    return Assembly(folder, folder, "shop", "dev", False, None, None, "3.11", (stack,))


def test_each_asset_that_a_template_names_is_uploaded_once(tmp_path: Path) -> None:
    name = f"{hashlib.sha256(b'code').hexdigest()}.zip"
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / name).write_bytes(b"code")
    uploads = asset_uploads(assembly(tmp_path, f"assets/{name}", f"assets/{name}", "elsewhere/other.zip"))
    assert [(each.key, each.read()) for each in uploads] == [(f"assets/{name}", b"code")]


def test_a_missing_asset_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CumuloError, match="the code asset is missing") as error:
        asset_uploads(assembly(tmp_path, "assets/none.zip"))
    assert error.value.where == str(tmp_path / "assets/none.zip")


def test_a_template_is_keyed_by_its_content() -> None:
    one, same, other = (template_upload({"Resources": {"A": n}}) for n in (1, 1, 2))
    assert one.key == same.key != other.key
    assert one.key == f"templates/{hashlib.sha256(one.read()).hexdigest()}.json"
