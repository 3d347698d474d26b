"""The walls of the house: who may import whom, and how large a module may grow."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "monitor").rglob("*.py"))


def test_imports_point_downward() -> None:
    # In a process of its own: import-linter sets up logging anew, and silences every other test's.
    lint = "from importlinter.cli import lint_imports as run; raise SystemExit(run('pyproject.toml', no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", lint], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_fits_in_three_hundred_lines(module: Path) -> None:
    # model.py holds only shared values and grows with the nouns, not with behaviour.
    limit = 400 if module.name == "model.py" else 300
    assert len(module.read_text(encoding="utf-8").splitlines()) <= limit


def test_every_room_says_what_it_is_for() -> None:
    for init in (ROOT / "monitor").rglob("__init__.py"):
        assert init.read_text(encoding="utf-8").startswith('"""'), init


def test_nothing_names_this_machine_or_a_registry() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        assert "://" not in lock.read_text(encoding="utf-8"), lock
