"""Changes to feeds.yaml by command: comments are kept, and a file that would not load is not written."""

from __future__ import annotations

import io
import os
import tempfile
from datetime import timedelta
from pathlib import Path

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from monitor.config.check import check
from monitor.config.forms import FeedsFile
from monitor.config.load import FEEDS
from monitor.config.source import Source, editor, read
from monitor.errors import ConfigError, Fault, Refused
from monitor.model import FeedSettings


def _open(root: Path) -> CommentedMap:
    try:
        text = (root / FEEDS).read_text(encoding="utf-8")
    except FileNotFoundError:
        text = "feeds: []\n"
    found = read(FEEDS, text)
    if isinstance(found, Fault):
        raise ConfigError([found])
    value = found.value if isinstance(found.value, CommentedMap) else CommentedMap()
    if not isinstance(value.get("feeds"), CommentedSeq) or not value["feeds"]:
        value["feeds"] = CommentedSeq()
    return value


def _write(root: Path, value: CommentedMap) -> None:
    """Check, then replace the file in one step, so that no reader ever sees half of it."""
    out = io.StringIO()
    editor().dump(value, out)
    again = read(FEEDS, out.getvalue())
    faults = [again] if isinstance(again, Fault) else check(again, FeedsFile)
    if isinstance(faults, list):
        raise ConfigError(faults)
    with tempfile.NamedTemporaryFile(
        "w", dir=root, prefix=f".{FEEDS}.", delete=False, encoding="utf-8"
    ) as file:
        file.write(out.getvalue())
        file.flush()
        os.fsync(file.fileno())
    draft = Path(file.name)
    draft.chmod((root / FEEDS).stat().st_mode & 0o777 if (root / FEEDS).exists() else 0o644)
    draft.replace(root / FEEDS)


def _spoken(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def add_feed(root: Path, feed: FeedSettings) -> None:
    """Append a feed; raises `Refused` if its address is there, `ConfigError` if it is not right."""
    value = _open(root)
    if any(isinstance(known, dict) and known.get("url") == feed.url for known in value["feeds"]):
        raise Refused(f"{feed.url} is in feeds.yaml already.")
    entry = CommentedMap(url=feed.url)
    for key in ("title", "language", "category"):
        if text := getattr(feed, key):
            entry[key] = text
    if feed.tags:
        entry["tags"] = list(feed.tags)
    if feed.every:
        entry["every"] = _spoken(feed.every)
    alone = check(Source(FEEDS, {"feeds": [dict(entry)]}), FeedsFile)
    if isinstance(alone, list):
        raise Refused("; ".join(fault.message.removeprefix("feeds[0].") for fault in alone))
    value["feeds"].append(entry)
    _write(root, value)


def remove_feed(root: Path, url: str) -> bool:
    """Take a feed out; False if it is not there."""
    value = _open(root)
    for index, known in enumerate(value["feeds"]):
        if isinstance(known, dict) and known.get("url") == url:
            del value["feeds"][index]
            _write(root, value)
            return True
    return False
