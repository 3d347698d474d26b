"""A folder with the least that loads."""

from pathlib import Path

import pytest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    return tmp_path
