from pathlib import Path

import pytest

from cumulo.delivery.assets import asset_uploads, upload
from cumulo.delivery.bootstrap import ensure_bucket
from cumulo.delivery.session import Target
from cumulo.errors import CumuloError

from .conftest import Shop
from .templates import function, template


def test_assets_are_uploaded_once(shop: Shop, target: Target) -> None:
    first, second = shop.asset(b"first"), shop.asset(b"second" * 1000)
    made = shop.assembly({"api": template({"A": function("a", first), "B": function("b", second)})})
    bucket = ensure_bucket(target, lambda _: None)

    said: list[str] = []
    assert upload(target, bucket, asset_uploads(made), said.append) == 2
    assert sorted(line.rsplit(", ")[-1] for line in said) == ["1 of 2", "2 of 2"]
    assert target.s3.get_object(Bucket=bucket, Key=first)["Body"].read() == b"first"
    assert upload(target, bucket, asset_uploads(made), said.append) == 0


def test_a_damaged_asset_is_refused(shop: Shop, target: Target, tmp_path: Path) -> None:
    key = shop.asset(b"code")
    made = shop.assembly({"api": template({"A": function("a", key)})})
    (tmp_path / "out" / key).write_bytes(b"other code")
    bucket = ensure_bucket(target, lambda _: None)
    with pytest.raises(CumuloError, match="the code asset is damaged"):
        upload(target, bucket, asset_uploads(made), lambda _: None)
    assert "Contents" not in target.s3.list_objects_v2(Bucket=bucket)
