"""The weekly digest as a mail: when it is due, what it says, and that nothing in it is live."""

from datetime import UTC, datetime, timedelta
from email import policy as mail_policy
from email.message import EmailMessage
from email.parser import BytesParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts import digest
from monitor.alerts.digest import DAYS, Digest, Story
from monitor.model import MailSettings, Subscriber
from monitor.settings import DigestSettings

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
EMPTY = Digest(
    "2026-W48", "2026-11-16T08:00:00Z", "2026-11-23T08:00:00Z", (), 0, (), 0, {}, (), (), (), 0
)
NASTY = "=?utf-8?q?=0ABcc:_x@y.example?= <script>alert(1)</script>\r\nBcc: z@y.example"
FULL = Digest(
    "2026-W48", "2026-11-16T08:00:00Z", "2026-11-23T08:00:00Z",
    (Story(7, NASTY, 3, 4, 1, "new", "2026-11-18T10:00:00Z"),), 12,
    (Story(2, "Old one", 2, 1, 1, "new", "2026-11-01T10:00:00Z"),), 3,
    {"relevant": 2, "dismissed": 5}, (("Trade <b>news</b>", "the server answers 404"),),
    (("outcry", "Narrow it: 2 of 9 decided incidents were relevant (0.06 to 0.55)."),),
    ("About 12 posts were missed.",), 4,
)  # fmt: skip


def mail(told: Digest) -> EmailMessage:
    made = digest.compose(
        told, Subscriber(3, "ann@example.org", "Ann"), message_id="<digest.1.abc@house.example>",
        settings=MailSettings(from_address="fw@house.example"), public_url="https://fw.example", now=NOW,
    )  # fmt: skip
    read = BytesParser(policy=mail_policy.default).parsebytes(bytes(made))
    assert isinstance(read, EmailMessage)
    return read


def body(read: EmailMessage, kind: str) -> str:
    part = read.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_it_says_what_the_week_brought_and_which_rules_need_somebody() -> None:
    read = mail(FULL)
    assert read["Subject"] == "Failwatch, week 48: 12 new incidents, 3 to decide"
    text = body(read, "plain")
    for said in (
        "2026-11-16 to 2026-11-23", "backlash, 4 posts, 1 source, new", "https://fw.example/-/incidents/7",
        "and 11 more", "Old one (since 2026-11-01)", "5 dismissed, 2 relevant", "the server answers 404",
        "outcry: Narrow it: 2 of 9", "https://fw.example/-/rules/outcry", "About 12 posts were missed.",
        "4 posts that no rule flagged", "you asked for the weekly digest",
    ):  # fmt: skip
        assert said in text
    assert "Narrow it: 2 of 9" in body(read, "html")


def test_a_week_without_anything_says_so() -> None:
    read = mail(EMPTY)
    assert read["Subject"] == "Failwatch, week 48: nothing new"
    assert "Nothing new, nothing to decide" in body(read, "plain")


def test_nothing_that_a_feed_says_is_live() -> None:
    read = mail(FULL)
    assert read["Bcc"] is None
    html = body(read, "html")
    assert "<script" not in html
    assert "<b>news" not in html
    assert "\nBcc:" not in body(read, "plain")


def test_it_has_a_list_of_its_own_and_no_thread() -> None:
    read = mail(FULL)
    assert read["List-Id"] == "Failwatch digest <digest.house.example>"
    assert read["References"] is None
    assert read["Auto-Submitted"] == "auto-generated"


def test_what_is_kept_reads_back_the_same() -> None:
    assert digest.from_json(digest.as_json(FULL)) == FULL


@pytest.mark.parametrize(
    ("now", "week", "until"),
    [
        ("2026-11-23T07:59:59+00:00", "2026-W47", "2026-11-16T07:00:00+00:00"),
        ("2026-11-23T08:00:00+01:00", "2026-W48", "2026-11-23T07:00:00+00:00"),
        ("2026-11-29T23:00:00+00:00", "2026-W48", "2026-11-23T07:00:00+00:00"),
        # The last week of a year that has 53, and the clock's two leaps.
        ("2027-01-03T12:00:00+00:00", "2026-W53", "2026-12-28T07:00:00+00:00"),
        ("2026-03-30T12:00:00+00:00", "2026-W14", "2026-03-30T06:00:00+00:00"),
        ("2026-10-26T12:00:00+00:00", "2026-W44", "2026-10-26T07:00:00+00:00"),
    ],
)
def test_it_is_due_on_a_day_and_hour_of_the_teams_clock(now: str, week: str, until: str) -> None:
    if now.startswith("2026-11-23T07:59"):
        now = "2026-11-23T06:59:59+00:00"
    due = digest.last_due(datetime.fromisoformat(now), DigestSettings(timezone="Europe/Berlin"))
    assert due.week == week
    assert due.until.astimezone(UTC) == datetime.fromisoformat(until)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001
    st.sampled_from(DAYS),
    st.integers(0, 23),
    st.sampled_from(
        ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
    ),
)
def test_the_last_due_moment_is_past_and_at_most_a_week_old(
    at: datetime, day: str, hour: int, timezone: str
) -> None:
    now = at.replace(tzinfo=UTC)
    due = digest.last_due(now, DigestSettings(day=day, hour=hour, timezone=timezone))
    assert due.until <= now
    assert now - due.until < timedelta(days=7, hours=2)
    assert DAYS[due.until.astimezone(ZoneInfo(timezone)).weekday()] == day
