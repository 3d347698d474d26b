"""What the commands share: where things lie, and how lists and summaries are printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import click

from monitor import app
from monitor.flow import files
from monitor.store.db import Connection
from monitor.text import one_line

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


@dataclass(frozen=True, slots=True)
class Context:
    """Where this run finds its files."""

    root: Path
    folder: Path
    environ: Mapping[str, str]

    @property
    def data(self) -> app.Data:
        """The data folder."""
        return app.Data(self.folder)

    def load(self) -> files.Loaded:
        """The files that the team edits; raises `ConfigError`."""
        return files.load_files(self.root, self.environ)

    def stand(self) -> files.Loaded:
        """The files, with the last good version of every broken pack; says which on stderr."""
        loaded, told = files.stand_on(self.root, self.environ, self.data.kept_rules)
        if told:
            click.echo(told, err=True)
        return loaded

    def stores(self) -> AbstractContextManager[tuple[Connection, Connection]]:
        """Both databases, made if need be: (main, private)."""
        return app.stores(self.data)


def actor(context: Context) -> str:
    """Who the audit log says did what is done from a shell."""
    name = context.environ.get("SUDO_USER") or context.environ.get("USER") or "unknown"
    return f"shell:{one_line(name, 60)}"


def emit(value: object, *, as_json: bool, human: Callable[[], str]) -> None:
    """Print a result for a script or for a person."""
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
    else:
        click.echo(human())


def table(rows: Sequence[Mapping[str, object]], columns: Mapping[str, int]) -> str:
    """Rows as aligned lines; `columns` maps a key to the most characters shown of it."""
    lines = [
        {key: one_line(str(row[key] or ""), limit) for key, limit in columns.items()}
        for row in rows
    ]
    widths = {key: max([len(key), *(len(line[key]) for line in lines)]) for key in columns}
    head = "  ".join(key.replace("_", " ").ljust(widths[key]) for key in columns)
    body = ["  ".join(line[key].ljust(widths[key]) for key in columns).rstrip() for line in lines]
    return "\n".join([head.rstrip(), *body])


def plural(count: int, noun: str, many: str = "") -> str:
    """`1 post`, `2 posts`."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"
