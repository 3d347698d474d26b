"""An alert as a mail: complete as text, safe as HTML, headers that no title can break."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.alerts import compose, letter
from monitor.model import IncidentBrief, MailSettings, Severity, Subscriber

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
KEY = b"a key of this installation"
SETTINGS = MailSettings(
    host="mail.example", from_address="failwatch@house.example", reply_to="team@house.example"
)
ANN = Subscriber(3, "ann@example.org", "Ann Ärmel")
BRIEF = IncidentBrief(
    id=17,
    title="Outcry over an airline’s joke",
    organisation="Zurich Air & Sons",
    severity=Severity.BACKLASH,
    score=0.82,
    tags=("backlash", "apology"),
    text="Passengers were not amused.",
    url="https://news.example/1?a=1&b=2",
    feed_title="Trade <News>",
    published_at=datetime(2026, 3, 1, 9, 5, tzinfo=UTC),
    why=("Outcry: “outcry” (weight 0.80)", "Jokes: “joke” (weight 0.10)"),
)
MESSAGE_ID = letter.message_id("incident", 17, 3, key=KEY, domain="house.example")


def made(brief: IncidentBrief = BRIEF, person: Subscriber = ANN, **changes: str) -> EmailMessage:
    return compose.compose(
        brief,
        person,
        message_id=MESSAGE_ID,
        settings=replace(SETTINGS, **changes),  # type: ignore[arg-type]
        public_url="https://failwatch.house.example",
        why="you asked for incidents tagged backlash",
        now=NOW,
    )


def travelled(mail: EmailMessage) -> EmailMessage:
    """The mail as a reader parses it from the wire."""
    parsed = message_from_bytes(mail.as_bytes(policy=SMTP), policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_the_headers_say_what_readers_and_filters_need() -> None:
    mail = travelled(made())
    assert {name: str(mail[name]) for name in mail.keys() if name != "Content-Type"} == {  # noqa: SIM118
        "Subject": "Outcry over an airline’s joke",
        "From": "Failwatch <failwatch@house.example>",
        "To": "Ann Ärmel <ann@example.org>",
        "Reply-To": "team@house.example",
        "Date": "Sun, 01 Mar 2026 12:30:00 +0000",
        "Message-ID": MESSAGE_ID,
        "References": "<incident.17@house.example>",
        "In-Reply-To": "<incident.17@house.example>",
        "List-Id": "Failwatch alerts <alerts.house.example>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "MIME-Version": "1.0",
    }


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_each_part_is_complete_by_itself(kind: str) -> None:
    text = part(travelled(made()), kind)
    for said in (
        "Outcry over an airline’s joke",
        "Backlash",
        "3 of 4",
        "1 March 2026, 09:05 UTC",
        "backlash, apology",
        "https://failwatch.house.example/-/incidents/17",
        "Outcry: “outcry” (weight 0.80)",
        "score 0.82",
        "You get this mail because you asked for incidents tagged backlash.",
        "https://failwatch.house.example/-/subscribers",
        "ask your Failwatch administrator",
    ):
        assert said in text


def test_the_text_part_reads_as_laid_out() -> None:
    assert part(travelled(made()), "plain").replace("\r\n", "\n") == (
        """\
Outcry over an airline’s joke

Organisation:  Zurich Air & Sons
Severity:      Backlash (3 of 4)
Published:     1 March 2026, 09:05 UTC, by Trade <News>
Tags:          backlash, apology

Open the incident:
https://failwatch.house.example/-/incidents/17

Read the source:
https://news.example/1?a=1&b=2

Why it was flagged (score 0.82):
- Outcry: “outcry” (weight 0.80)
- Jokes: “joke” (weight 0.10)

--\x20
You get this mail because you asked for incidents tagged backlash.
To change or stop it, see https://failwatch.house.example/-/subscribers
or ask your Failwatch administrator.
"""
    )


class Page(HTMLParser):
    """What a reader's program finds in the HTML part."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        assert not [name for name, _ in attrs if name.startswith("on")]


def test_markup_from_a_feed_is_shown_not_run() -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    brief = replace(
        BRIEF, title=hostile, organisation=hostile, feed_title=hostile, tags=(hostile,), why=(hostile,)
    )  # fmt: skip
    page = Page(part(travelled(made(brief)), "html"))
    assert not {"script", "img"} & set(page.tags)
    assert page.links == [
        "https://failwatch.house.example/-/incidents/17",
        "https://news.example/1?a=1&b=2",
        "https://failwatch.house.example/-/subscribers",
    ]


@pytest.mark.parametrize(
    "url",
    ["", "javascript:alert(1)", "data:text/html,x", "https://[", "https:///x", "https://a b/",
     "https://news.example/\u202egnp.exe", "ftp://news.example/1"],
)  # fmt: skip
def test_only_web_addresses_become_links(url: str) -> None:
    mail = travelled(made(replace(BRIEF, url=url)))
    assert len(Page(part(mail, "html")).links) == 2
    assert "Read the source" not in part(mail, "plain")


def test_the_page_is_for_light_and_dark_and_narrow_windows() -> None:
    text = part(made(), "html")
    assert "prefers-color-scheme: dark" in text
    assert "max-width:600px" in text
    assert 'name="viewport"' in text


def test_mails_on_one_incident_share_a_thread_on_the_wire_and_others_do_not() -> None:
    bob = replace(ANN, id=4, email="bob@example.org")
    threads = [travelled(made(b, p))["References"] for b, p in ((BRIEF, ANN), (BRIEF, bob))]
    assert threads[0] == threads[1] == "<incident.17@house.example>"
    assert travelled(made(replace(BRIEF, id=18)))["References"] != threads[0]


def test_an_incident_that_nobody_named_still_has_a_subject() -> None:
    assert made(replace(BRIEF, title="\u202e \x00"))["Subject"] == "Incident 17"


def test_a_message_id_is_the_same_at_every_try_and_another_for_everything_else() -> None:
    again = letter.message_id("incident", 17, 3, key=KEY, domain="house.example")
    others = {
        letter.message_id("digest", 17, 3, key=KEY, domain="house.example"),
        letter.message_id("incident", 18, 3, key=KEY, domain="house.example"),
        letter.message_id("incident", 17, 4, key=KEY, domain="house.example"),
        letter.message_id("incident", 17, 3, key=b"another", domain="house.example"),
    }
    assert again == MESSAGE_ID
    assert len(others | {MESSAGE_ID}) == 5


def test_domains_and_addresses_travel_in_ascii_where_they_can() -> None:
    mail = made(person=Subscriber(4, "ann@exämple.org"), from_address="fw@exämple.org")
    assert b"<fw@xn--exmple-cua.org>" in mail.as_bytes(policy=SMTP)
    assert str(mail["To"]) == "ann@xn--exmple-cua.org"
    assert str(made(person=Subscriber(4, "jörg@example.org"))["To"]) == "jörg@example.org"


@pytest.mark.parametrize(
    "address", ["", "ann", "@", "a@b@c", "a\nb@example.org", "jö\nrg@b.org", "a@" + "ä" * 80]
)
def test_what_is_no_address_is_a_value_error(address: str) -> None:
    with pytest.raises(ValueError, match=r"^the subscriber's address is no mail address$"):
        made(person=Subscriber(4, address))


HEADERS = [name.lower() for name in made().keys()]  # noqa: SIM118
nasty = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\r\n\x00\x0b\x0c\x85\u2028\u2029\u202e\u2066\ud800<>&\"'=?:;,@ "),
    ),
    max_size=300,
)
encoded = st.builds("=?utf-8?q?{}?=".format, nasty)


@given(title=nasty | encoded | st.builds("{} {}".format, nasty, encoded), name=nasty | encoded)
@example(title="=?utf-8?q?=0D=0ABcc:_eve@evil.example?=", name="=?utf-8?q?=0ABcc:_x@y?=")
@example(title="=\u200b?utf-8?q?=0ABcc:_eve@evil.example?=", name="=\x00?utf-8?b?DQo=?=")
@example(title="x\r\nBcc: eve@evil.example\r\n\r\nHi", name="a\nBcc: eve@evil.example")
@example(title="\ud800", name='"')
def test_no_title_or_name_can_stop_its_mail_or_add_a_header(title: str, name: str) -> None:
    brief = replace(
        BRIEF, title=title, organisation=title, feed_title=title, text=title, why=(title,), tags=(title,), url=title
    )  # fmt: skip
    mail = made(brief, Subscriber(3, "ann@example.org", name), from_name=name)
    raw = mail.as_bytes(policy=SMTP)
    head = raw.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b"").replace(b"\r\n\t", b"")
    names = [line.partition(b":")[0].decode().lower() for line in head.split(b"\r\n")]
    assert names == HEADERS
    assert b"\r" not in head.replace(b"\r\n", b"")
    assert b"\n" not in head.replace(b"\r\n", b"")
    read = travelled(mail)
    assert len(str(read["Subject"])) <= letter.SUBJECT_LENGTH
    assert [a.addr_spec for a in read["To"].addresses] == ["ann@example.org"]
    assert [a.addr_spec for a in read["From"].addresses] == ["failwatch@house.example"]
    assert len(Page(part(read, "html")).links) in {2, 3}
