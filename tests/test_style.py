"""The one test command is the whole gate: lint, format and types included."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("monitor", "tests", "benchmarks")


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "--no-cache", *FOLDERS),
        ("ruff", "format", "--check", "--no-cache", *FOLDERS),
        ("mypy",),
    ],
    ids=["lint", "format", "types"],
)
def test_the_code_is_clean(command: tuple[str, ...]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
