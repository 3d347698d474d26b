"""Changes to feeds.yaml by command: only the lines of the one feed change, comments and all else stay.

The file is edited as text and then read again: unless it says exactly what it should, it is not
written. A list in another shape than one item a line (`feeds: [{url: …}]`) is not edited but told of.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from monitor.config import items
from monitor.config.files import locked, replace
from monitor.config.load import FEEDS, feed_faults, parse
from monitor.config.source import Source
from monitor.errors import ConfigError, Fault
from monitor.model import FeedSettings

_PLAIN = re.compile(r"https?://\S*[\w/]|[^\W\d_]([\w ./&+-]*[\w./+-])?|[1-9]\d*[mhd]")
_NOT_TEXT = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_ODD_ENDS = re.compile("\r(?!\n)|[\x85\u2028\u2029]")


def add_feed(root: Path, feed: FeedSettings) -> None:
    """Append a feed to feeds.yaml, made if need be; raises `ConfigError` if it would not load then."""
    entry = _entry(feed)
    if faults := feed_faults(Source(FEEDS, {"feeds": [entry]})):
        said = [fault.message.removeprefix("feeds[0].") for fault in faults]
        raise ConfigError(Fault(FEEDS, 0, f"the feed is not added: {text}") for text in said)
    with locked(root, FEEDS):
        text = _text(root)
        source = _source(text)
        if faults := feed_faults(source):
            raise ConfigError(faults)
        if (index := _index(source, feed.url.strip())) is not None:
            raise _refusal(f"{feed.url} stands here already.", source.line(("feeds", index)))
        _write(root, _with(text, source, entry), [*_items(source), entry])


def remove_feed(root: Path, url: str) -> bool:
    """Take a feed out, with the comment that clings to it; False if it is not there."""
    with locked(root, FEEDS):
        text = _text(root)
        source = _source(text)
        index = _index(source, url.strip())
        if index is None:
            return False
        feeds = _items(source)
        _write(root, _without(text, source, index), feeds[:index] + feeds[index + 1 :])
        return True


def _text(root: Path) -> str:
    try:
        content = (root / FEEDS).read_bytes()
    except FileNotFoundError:
        return "feeds:\n"
    except OSError as error:
        raise _refusal(f"it cannot be read ({error.strerror}).") from None
    found = parse(FEEDS, content)
    if isinstance(found, Fault):
        raise ConfigError([found])
    text = content.decode("utf-8-sig")
    if odd := _ODD_ENDS.search(text):  # YAML counts them as lines, editors and we do not
        line = text.count("\n", 0, odd.start()) + 1
        raise _refusal("a line ends in an unusual way; save the file with Unix line ends.", line)
    return text


def _source(text: str) -> Source:
    found = parse(FEEDS, text.encode("utf-8", "surrogatepass"))
    if isinstance(found, Fault):
        raise ConfigError([found])
    return found


def _items(source: Source) -> list[Any]:
    value = source.value if isinstance(source.value, dict) else {}
    found = value.get("feeds")
    return found if isinstance(found, list) else []


def _index(source: Source, url: str) -> int | None:
    for index, item in enumerate(_items(source)):
        known = item.get("url") if isinstance(item, dict) else None
        if isinstance(known, str) and known.strip() == url:
            return index
    return None


def _refusal(message: str, line: int = 0) -> ConfigError:
    return ConfigError([Fault(FEEDS, line, message)])


def _entry(feed: FeedSettings) -> dict[str, Any]:
    """A feed as the file has it: what is at its default is left out."""
    entry: dict[str, Any] = {"url": feed.url}
    entry |= {k: v for k in ("title", "language", "category") if (v := getattr(feed, k))}
    if feed.tags:
        entry["tags"] = list(feed.tags)
    if feed.every is not None:
        entry["every"] = _spoken(feed.every)
    if feed.full_text:
        entry["full_text"] = True
    if not feed.enabled:
        entry["enabled"] = False
    return entry


def _spoken(span: timedelta) -> str:
    minutes, rest = divmod(span, timedelta(minutes=1))
    if rest:
        raise _refusal(f"every: {span} is no whole number of minutes; write one such as 30m.")
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


def _with(text: str, source: Source, entry: dict[str, Any]) -> list[str]:
    """The file's lines with an item more."""
    lines = items.lines_of(text)
    if feeds := _items(source):
        at = _span(lines, source, len(feeds) - 1)[1]
        indent = items.dash(lines, source, "feeds", 0) or ""
    else:
        first, indent = items.opened(lines, source, "feeds"), "  "
        if first is None:
            raise _refusal(_by_hand("add the feed"), source.line(("feeds",)))
        at = first
    return [*lines[:at], *_dumped(entry, indent), *lines[at:]]


def _without(text: str, source: Source, index: int) -> list[str]:
    """The file's lines less an item and the comment that stands between it and the item above."""
    lines = items.lines_of(text)
    start, end = _span(lines, source, index)
    if index:
        above = _span(lines, source, index - 1)[1]
        if all(line.lstrip().startswith("#") for line in lines[above:start]):
            start = above
    rest = [*lines[:start], *lines[end:]]
    if len(_items(source)) == 1:  # the key alone would do, but `[]` says that it is meant
        head = source.line(("feeds",)) - 1
        rest[head] = re.sub(r"^(feeds[ ]*:)", r"\1 []", rest[head])
    return rest


def _span(lines: list[str], source: Source, index: int) -> tuple[int, int]:
    found = items.span(lines, source, "feeds", index)
    if found is None:
        raise _refusal(_by_hand("change the feed"), source.line(("feeds", index)))
    return found


def _by_hand(task: str) -> str:
    return f"this list is not written as one item a line with '- url: …'; {task} by hand."


def _dumped(entry: dict[str, Any], indent: str) -> list[str]:
    """An item's lines: keys one a line, tags in brackets."""
    first, *more = (f"{key}: {_written(value)}" for key, value in entry.items())
    return [f"{indent}- {first}", *(f"{indent}  {line}" for line in more)]


def _written(value: Any) -> str:
    """A value as YAML: a text in quotes unless it is plainly a word, words or an address."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_written(item) for item in value)}]"
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    return "'" + text.replace("'", "''") + "'"


def _write(root: Path, lines: list[str], meant: list[Any]) -> None:
    """Check, then replace the file in one step, so that no reader ever sees half of it."""
    target = (root / FEEDS).resolve()  # a link stays a link
    text = "\n".join([*lines, ""])
    source = _source(text)
    if faults := feed_faults(source):
        raise ConfigError(faults)
    if _items(source) != meant:
        raise _refusal(_by_hand("make the change"))
    try:
        old = target.read_bytes() if target.exists() else b""
        content = (text.replace("\n", "\r\n") if b"\r\n" in old else text).encode()
        replace(target, content)
    except OSError as error:
        raise _refusal(f"it cannot be written ({error.strerror}).") from None
