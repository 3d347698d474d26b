"""Commands change the one feed in feeds.yaml and leave the rest as people wrote it."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitor.config.edit import add_feed, remove_feed
from monitor.config.load import load
from monitor.errors import ConfigError
from monitor.model import FeedSettings
from tests.config.folder import ROOT, write

OURS = """\
# The feeds we read.
feeds:

  # ── trade ──
  - url: https://a.example/feed    # the best one
    tags: [pr,   uk]
    # every: 2h
  # not confirmed
  - url: https://b.example/feed
    title: "B: the feed"

  # ── tech ──

  - title: C
    url: https://c.example/feed
# the end
"""


def text(root: Path) -> str:
    return (root / "feeds.yaml").read_text()


def urls(root: Path) -> list[str]:
    return [feed.url for feed in load(root, {}).feeds]


def test_a_feed_is_added_below_the_last_and_nothing_else_changes(root: Path) -> None:
    write(root, feeds=OURS)
    add_feed(root, FeedSettings("https://d.example/feed", "D: news", "en", tags=("x", "a, b")))
    assert text(root) == OURS.replace(
        "# the end",
        "  - url: https://d.example/feed\n    title: 'D: news'\n    language: en\n"
        "    tags: [x, 'a, b']\n# the end",
    )


def test_a_feed_is_removed_with_the_comment_that_clings_to_it(root: Path) -> None:
    write(root, feeds=OURS)
    assert remove_feed(root, "https://b.example/feed")
    assert text(root) == OURS.replace(
        '  # not confirmed\n  - url: https://b.example/feed\n    title: "B: the feed"\n', ""
    )


def test_a_heading_stays_when_the_feed_below_it_goes(root: Path) -> None:
    write(root, feeds=OURS)
    assert remove_feed(root, "https://a.example/feed")
    assert remove_feed(root, "https://c.example/feed")
    assert "# ── trade ──\n  # not confirmed\n  - url: https://b.example/feed" in text(root)
    assert "# ── tech ──" in text(root)
    assert "# the end" in text(root)


def test_what_is_not_there_is_not_removed(root: Path) -> None:
    write(root, feeds=OURS)
    assert not remove_feed(root, "https://z.example/feed")
    assert text(root) == OURS


@pytest.mark.parametrize(
    "before",
    ["", "feeds:\n", "feeds: []\n", "feeds: []  # none yet\n", "feeds: ~", "# ours\n", "# ours\nfeeds:\n# later\n", "---\nfeeds: []\n"],
)  # fmt: skip
def test_the_first_feed_can_be_added_to_any_empty_list(root: Path, before: str) -> None:
    write(root, feeds=before)
    add_feed(root, FeedSettings("https://a.example/feed"))
    assert urls(root) == ["https://a.example/feed"]
    assert all(
        comment in text(root)
        for comment in ("# ours", "# later", "# none yet")
        if comment in before
    )


def test_a_missing_file_is_made(root: Path) -> None:
    (root / "feeds.yaml").unlink()
    add_feed(root, FeedSettings("https://a.example/feed"))
    assert text(root) == "feeds:\n  - url: https://a.example/feed\n"


def test_the_last_feed_can_be_removed_and_another_added(root: Path) -> None:
    write(root, feeds="feeds:  # ours\n- url: https://a.example/feed\n  title: A\n")
    assert remove_feed(root, "https://a.example/feed")
    assert text(root) == "feeds: []  # ours\n"
    add_feed(root, FeedSettings("https://b.example/feed"))
    assert text(root) == "feeds:  # ours\n  - url: https://b.example/feed\n"


def test_a_list_without_indentation_stays_so(root: Path) -> None:
    write(root, feeds="feeds:\n- url: https://a.example/feed\n")
    add_feed(root, FeedSettings("https://b.example/feed", "B"))
    assert text(root).endswith("\n- url: https://b.example/feed\n  title: B\n")


def test_windows_line_ends_stay(root: Path) -> None:
    write(root, feeds=OURS.replace("\n", "\r\n"))
    add_feed(root, FeedSettings("https://d.example/feed"))
    raw = (root / "feeds.yaml").read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n") == OURS.count("\n") + 1


@pytest.mark.parametrize(
    "before",
    ["feeds: [{url: https://a.example/feed}]\n", "feeds:\n  -\n    url: https://a.example/feed\n", "feeds: [\n]\n"],
)  # fmt: skip
def test_a_list_in_another_shape_is_left_to_people(root: Path, before: str) -> None:
    write(root, feeds=before)
    with pytest.raises(ConfigError, match=r"feeds.yaml:\d: .* by hand"):
        add_feed(root, FeedSettings("https://b.example/feed"))
    assert text(root) == before


@pytest.mark.parametrize(
    ("feed", "says"),
    [
        (FeedSettings("https://a.example/feed"), "feeds.yaml:5: https://a.example/feed stands here already"),
        (FeedSettings("d.example"), "the feed is not added: url: write a whole web address"),
        (FeedSettings("https://d.example/", language="English"), "not added: language: must be two"),
        (FeedSettings("https://d.example/", every=timedelta(minutes=5)), "not added: every: write 15m"),
        (FeedSettings("https://d.example/", every=timedelta(minutes=20, seconds=1)), "whole number of minutes"),
        (FeedSettings("https://d.example/", title="a\nb"), "not added: title: must be on one line"),
    ],
)  # fmt: skip
def test_a_feed_that_would_not_load_is_not_added(root: Path, feed: FeedSettings, says: str) -> None:
    write(root, feeds=OURS)
    with pytest.raises(ConfigError) as caught:
        add_feed(root, feed)
    assert says in str(caught.value)
    assert text(root) == OURS


def test_a_file_with_a_mistake_is_mended_before_it_is_edited(root: Path) -> None:
    broken = OURS.replace("title: C", "titel: C")
    write(root, feeds=broken)
    with pytest.raises(ConfigError, match="did you mean 'title'"):
        add_feed(root, FeedSettings("https://d.example/feed"))
    assert text(root) == broken


def test_the_file_keeps_its_mode_and_a_link_stays_a_link(root: Path) -> None:
    real = root / "shared.yaml"
    real.write_text(OURS)
    real.chmod(0o640)
    (root / "feeds.yaml").unlink()
    (root / "feeds.yaml").symlink_to(real)
    add_feed(root, FeedSettings("https://d.example/feed"))
    assert (root / "feeds.yaml").is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert "d.example" in real.read_text()


def test_no_draft_is_left_behind_when_the_file_cannot_be_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ConfigError, match=r"it cannot be written \(No space left on device\)"):
        add_feed(root, FeedSettings("https://d.example/feed"))
    assert {path.name for path in root.iterdir()} == {"rules", "feeds.yaml"}
    assert text(root) == "feeds: []\n"


def test_two_commands_at_once_lose_nothing(root: Path) -> None:
    feeds = [FeedSettings(f"https://{n}.example/feed") for n in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda feed: add_feed(root, feed), feeds))
    assert sorted(urls(root)) == sorted(feed.url for feed in feeds)


LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cn"]), max_size=30).map(
    str.strip
)
SCRAPS = st.sampled_from(
    ["feeds:\n", "feeds: []\n", "feeds:\n  - url: https://b.example\n", "  - url: https://c.example\n",
     "    title: |\n      a\n", "    title: 'a\n      b'\n", "    tags: [a,\n     b]\n", "# x\n", "  # y\n",
     "    # z\n", "\n", "- url: https://d.example\n", "  ", "---\n", "...\n", "\r", "\u2028", "&a ", "!!set "]
)  # fmt: skip
FEEDS = st.builds(
    FeedSettings,
    url=st.text("abcdefghij-._~%&=?#:+,!'()*;@$é", max_size=20).map("https://a.example/".__add__),
    title=LINES,
    language=st.sampled_from(["", "en", "no", "de"]),
    category=LINES,
    tags=st.lists(LINES.filter(bool), max_size=3).map(tuple),
    every=st.none() | st.integers(15, 31 * 1440).map(lambda n: timedelta(minutes=n)),
    full_text=st.booleans(),
    enabled=st.booleans(),
)


@given(st.lists(FEEDS, min_size=1, max_size=4, unique_by=lambda feed: feed.url), st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_was_written_is_what_is_loaded(
    root: Path, feeds: list[FeedSettings], data: st.DataObject
) -> None:
    write(root, feeds="# ours\nfeeds: []\n")
    for feed in feeds:
        add_feed(root, feed)
    assert load(root, {}).feeds == tuple(feeds)
    gone = data.draw(st.sampled_from(feeds))
    assert remove_feed(root, gone.url)
    assert load(root, {}).feeds == tuple(feed for feed in feeds if feed != gone)
    assert text(root).startswith("# ours\n")


@given(st.lists(SCRAPS, max_size=12).map("".join))
@example("!!set ")
@example("\rfeeds:\n  - url: https://b.example\n")
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_file_either_gains_the_one_feed_or_stays_as_it_is(root: Path, before: str) -> None:
    write(root, feeds=before)
    new = FeedSettings("https://new.example/feed")
    try:
        add_feed(root, new)
    except ConfigError:
        assert (root / "feeds.yaml").read_bytes() == before.encode()
        return
    after = load(root, {}).feeds
    write(root, feeds=before)
    assert after == (*load(root, {}).feeds, new)


def test_each_shipped_feed_can_be_removed_alone(root: Path) -> None:
    shipped = (ROOT / "feeds.yaml").read_text()
    write(root, feeds=shipped)
    known = urls(root)
    for gone in known[::16]:
        write(root, feeds=shipped)
        assert remove_feed(root, gone)
        assert urls(root) == [url for url in known if url != gone]
