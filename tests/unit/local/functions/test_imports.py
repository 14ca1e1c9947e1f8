"""Finding what third parties a project's functions import."""

from cumulo.local.functions.imports import third_party_imports


def test_imports_are_followed_through_the_project(tmp_path):
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "__init__.py").write_text("import logging\n")
    (tmp_path / "functions" / "items.py").write_text("from .shared import x\nimport lib\nfrom pydantic import A\n")
    (tmp_path / "functions" / "shared.py").write_text("def f():\n    import boto3.session\n")
    (tmp_path / "lib.py").write_text("from aws_lambda_powertools.logging import Logger\n")
    (tmp_path / "unused.py").write_text("import requests\n")
    found = third_party_imports(tmp_path, ["functions.items.create"])
    assert {"logging", "boto3.session", "pydantic", "aws_lambda_powertools.logging"} <= found
    assert not {name for name in found if name.split(".")[0] in ("functions", "lib", "requests")}


def test_broken_and_missing_files_are_passed_over(tmp_path):
    (tmp_path / "broken.py").write_text("import os\ndef (")
    (tmp_path / "nul.py").write_bytes(b"\0")
    assert third_party_imports(tmp_path, ["broken.f", "nul.f", "nohandler", ""]) == set()
