"""Feeds that we write: valid, escaped, the same bytes for the same items; read back by our own readers."""

import html
import json

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from monitor.alerts.syndicate import ATOM, Channel, Item, atom, json_feed

CHANNEL = Channel("tag:x,2026:feed/1", "Failwatch: <all>", "https://x/-/triage", "https://x/-/feed/t.atom", "2026-01-01T00:00:00Z")  # fmt: skip
TEXTS = st.text(max_size=40)
ITEMS = st.lists(
    st.builds(
        Item,
        id=st.integers(0, 10**9).map(lambda n: f"tag:x,2026:incident/{n}"),
        url=st.just("https://x/-/incidents/1"),
        title=TEXTS,
        text=TEXTS,
        published=st.just("2026-02-01T00:00:00Z"),
        updated=st.sampled_from(["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"]),
        tags=st.lists(TEXTS.filter(bool), max_size=2).map(tuple),
        author=TEXTS,
        source=st.sampled_from(["", "https://n/?a=1&b=<2>"]),
    ),
    max_size=4,
    unique_by=lambda item: item.id,
)


def children(element: etree._Element) -> list[str]:
    return [str(etree.QName(child).localname) for child in element]


@given(ITEMS)
def test_atom_is_what_rfc_4287_asks_for(items: list[Item]) -> None:
    root = etree.fromstring(atom(CHANNEL, items))
    assert root.tag == f"{{{ATOM}}}feed"
    names = children(root)
    for needed in ("id", "title", "updated", "author"):
        assert names.count(needed) == 1
    assert root.findtext(f"{{{ATOM}}}updated") == max([CHANNEL.updated, *(i.updated for i in items)])  # fmt: skip
    assert [link.get("rel") for link in root.findall(f"{{{ATOM}}}link")] == ["self", "alternate"]
    entries = root.findall(f"{{{ATOM}}}entry")
    assert len(entries) == len(items)
    for entry, item in zip(entries, items, strict=True):
        inside = children(entry)
        for needed in ("id", "title", "updated", "published", "content"):
            assert inside.count(needed) == 1
        assert entry.findtext(f"{{{ATOM}}}id") == item.id
        assert all(link.get("href") for link in entry.findall(f"{{{ATOM}}}link"))
        assert len(entry.findall(f"{{{ATOM}}}category")) == len(item.tags)


@given(ITEMS)
def test_json_feed_is_what_version_1_1_asks_for(items: list[Item]) -> None:
    made = json.loads(json_feed(CHANNEL, items))
    assert made["version"] == "https://jsonfeed.org/version/1.1"
    assert made["title"]
    for entry, item in zip(made["items"], items, strict=True):
        assert entry["id"] == item.id
        assert isinstance(entry["content_text"], str)
        assert all(isinstance(tag, str) for tag in entry.get("tags", []))


@given(ITEMS)
def test_the_same_items_give_the_same_bytes(items: list[Item]) -> None:
    assert atom(CHANNEL, items) == atom(CHANNEL, list(items))
    assert json_feed(CHANNEL, items) == json_feed(CHANNEL, list(items))


def test_no_text_becomes_markup() -> None:
    item = Item("tag:x,2026:i/1", "https://x/", "<b>&amp;]]>", "\x00\x0b<script>\ud800", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")  # fmt: skip
    root = etree.fromstring(atom(CHANNEL, [item]))
    entry = root.find(f"{{{ATOM}}}entry")
    assert entry is not None
    for name, text in (("title", "<b>&amp;]]>"), ("content", "<script>")):
        shown = entry.find(f"{{{ATOM}}}{name}")
        assert shown is not None
        assert shown.get("type") == "html"
        assert "<" not in str(shown.text)
        assert html.unescape(str(shown.text)) == text
