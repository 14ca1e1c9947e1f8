import os
from pathlib import Path

import pytest


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without stacks, and no AWS settings of the developer."""
    for key in [key for key in os.environ if key.startswith(("AWS_", "CUMULO_"))]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    (tmp_path / "pyproject.toml").write_text("[tool.cumulo]\n")
    (tmp_path / "app.py").write_text("from cumulo import App\n\n\ndef app(stage):\n    return App('shop', stage)\n")
    return tmp_path
