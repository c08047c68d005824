"""Files of others that tests use are the ones that were published."""

import hashlib
import tomllib
from pathlib import Path

import pytest

VENDOR = Path(__file__).parent / "vendor"
FILES = tomllib.loads((VENDOR / "VENDOR.toml").read_text())["file"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["name"])
def test_file_is_as_published(file):
    """A vendored file has the hash that is written down, and its licence beside it."""
    content = (VENDOR / file["name"]).read_bytes()

    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert f"@version {file['version']}" in content[:2000].decode()
    assert "MIT License" in (VENDOR / file["licence_file"]).read_text()


def test_every_file_is_written_down():
    """Every file in the folder is named with its origin."""
    named = {file[key] for file in FILES for key in ("name", "licence_file")}

    assert {*named, "VENDOR.toml"} == {path.name for path in VENDOR.iterdir()}
