"""The JSON Schemas in docs/schema are those of the forms."""

import json
import subprocess
import sys
from pathlib import Path

from monitor.config.fields import SEVERITIES
from monitor.config.schema import schemas
from tests.config.folder import ROOT

STORED = ROOT / "docs" / "schema"


def test_the_stored_schemas_are_up_to_date() -> None:
    stored = {path.name: path.read_text(encoding="utf-8") for path in STORED.iterdir()}
    assert stored == schemas(), "run: python -m monitor.config.schema docs/schema"


def test_the_command_writes_them(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "monitor.config.schema", str(tmp_path / "new")]
    subprocess.run(command, check=True, cwd=ROOT)
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "new").iterdir()}
    assert written == schemas()


def test_an_editor_is_told_what_is_allowed_and_what_it_means() -> None:
    made = {name: json.loads(text) for name, text in schemas().items()}
    assert set(made) >= {f"{name}.schema.json" for name in ("feeds", "rules", "failwatch")}
    rule = made["rules.schema.json"]["$defs"]["RuleForm"]
    assert rule["additionalProperties"] is False
    assert set(SEVERITIES) < set(rule["properties"]["severity"]["enum"])
    for schema in made.values():
        for form in [schema, *schema.get("$defs", {}).values()]:
            for key, field in form["properties"].items():
                assert field.get("description") or "$ref" in field, key
