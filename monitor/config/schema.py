"""JSON Schemas of the files, for editors that check while one types.

Made anew with `python -m monitor.config.schema docs/schema`; a test holds them up to date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from monitor.config.forms import FeedsFile, Form, PackFile, SettingsFile, TermsFile

FORMS: dict[str, type[Form]] = {
    "feeds": FeedsFile,
    "rules": PackFile,
    "terms": TermsFile,
    "failwatch": SettingsFile,
}


def schemas() -> dict[str, str]:
    """File name -> JSON Schema."""
    made = {}
    for name, form in FORMS.items():
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **form.model_json_schema(),
        }
        made[f"{name}.schema.json"] = json.dumps(schema, indent=2, sort_keys=True) + "\n"
    return made


def write(folder: Path) -> None:
    """Write every schema into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
