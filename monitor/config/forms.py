"""The form of the three files that people write; every key they may use stands here."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
SEVERITIES = {"shortfall": 1, "misstep": 2, "backlash": 3, "crisis": 4}


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,5})\s*([mhd])", str(value).strip())
    if not found:
        raise ValueError("write a span such as 30m, 2h or 1d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def _at_least_15_minutes(value: timedelta) -> timedelta:
    if value < timedelta(minutes=15):
        raise ValueError("write 15m or longer: publishers block readers that come more often")
    return value


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        parts, usable = urlsplit(""), False
    if not usable or re.search(r"[\s\\]", value):
        raise ValueError("write a whole web address that begins with https:// or http://")
    if parts.username or parts.password:
        raise ValueError("leave user name and password out of the address: it is shown on pages")
    return value


def _network(value: str) -> str:
    try:
        ip_network(value, strict=False)
    except ValueError:
        raise ValueError("write a network such as 10.1.0.0/16 or fd00::/8") from None
    return value


def _severity(value: object) -> object:
    return SEVERITIES.get(value.lower(), value) if isinstance(value, str) else value


Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=300, pattern=r"^[^\r\n]*$")
]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Span = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema(
        {"type": "string", "pattern": r"^\d+\s*[mhd]$", "examples": ["30m", "2h", "1d"]}
    ),
]
Interval = Annotated[Span, AfterValidator(_at_least_15_minutes)]
Address = Annotated[str, StringConstraints(max_length=4_000), AfterValidator(_address)]
Network = Annotated[str, AfterValidator(_network)]
Severity = Annotated[
    Literal[1, 2, 3, 4],
    BeforeValidator(_severity),
    WithJsonSchema({"enum": [1, 2, 3, 4, *SEVERITIES]}),
]


class Form(BaseModel):
    """A mapping in which an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FeedForm(Form):
    """A feed."""

    url: Address = Field(description="Address of the feed.")
    title: Line = Field("", description="Name shown on pages and in mails.")
    language: Language | Literal[""] = Field("", description="Two letters, such as en.")
    category: Line = Field("", description="A word to filter by, such as trade.")
    tags: list[Line] = Field(default_factory=list, description="Words to filter by.")
    every: Interval | None = Field(
        None, description="How often to read it; left out, it is learnt."
    )
    full_text: bool = Field(default=False, description="The feed carries whole texts.")
    enabled: bool = Field(default=True, description="false keeps it here without reading it.")


class FeedsFile(Form):
    """feeds.yaml."""

    feeds: list[FeedForm] = Field(default_factory=list)


class Examples(Form):
    """What a rule must and must not match."""

    match: list[Text] = Field(min_length=1)
    no_match: list[Text] = Field(min_length=1)


class RuleForm(Form):
    """A rule."""

    id: Slug = Field(description="Small letters, digits and hyphens; unique over all packs.")
    title: Line = Field(min_length=1, description="What it finds, in plain words.")
    severity: Severity
    weight: float = Field(gt=0, lt=1, description="How likely a match is a real failure: 0 to 1.")
    family: Slug | Literal[""] = Field("", description="Rules of one family count once.")
    languages: list[Language] = Field(default_factory=list)
    tags: list[Line] = Field(default_factory=list)
    enabled: bool = True
    query: Text = Field(min_length=1, description="See docs/rules.md.")
    examples: Examples


class PackFile(Form):
    """A pack of rules/."""

    pack: Line = ""
    rules: list[RuleForm] = Field(default_factory=list)


class TermsFile(Form):
    """rules/terms.yaml."""

    terms: dict[Slug, list[Text]] = Field(default_factory=dict)


class MailForm(Form):
    """How mail leaves."""

    host: Line = Field("", description="Mail server; left out, no mail is sent.")
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Line = ""
    from_address: Annotated[str, StringConstraints(pattern=r"^([^@\s<>,;]+@[^@\s<>,;]+)?$")] = (
        Field("", description="Sender, such as failwatch@example.org.")
    )
    from_name: Line = "Failwatch"
    reply_to: Line = ""
    ca_file: Line = Field("", description="PEM file to trust beside the system's.")
    timeout: int = Field(30, ge=1, le=600, description="Seconds.")


class WikiForm(Form):
    """A place that lessons are written to."""

    name: Slug
    kind: Literal["folder", "mediawiki"]
    path: Line = Field("", description="folder: where the Markdown files lie.")
    url: Address | Literal[""] = Field("", description="mediawiki: address of its api.php.")
    user: Line = Field(
        "", description="mediawiki: name of the bot password, such as Bot@failwatch."
    )
    category: Line = "Failwatch lessons"


class PollingForm(Form):
    """What reading feeds may cost."""

    at_once: int = Field(16, ge=1, le=64, description="Requests at once; one a host.")
    max_bytes: int = Field(
        15_000_000, ge=100_000, le=200_000_000, description="Largest feed, unpacked."
    )
    timeout: int = Field(30, ge=5, le=300, description="Seconds for one feed in all.")
    max_redirects: int = Field(5, ge=0, le=10)
    allow_networks: list[Network] = Field(
        default_factory=list, description="Own networks that may be asked."
    )
    contact: Line = Field("", description="Address that publishers see; left out, public_url.")


class RetentionForm(Form):
    """What is kept for how long; posts, incidents and lessons stay."""

    polls: Span = timedelta(days=90)


class ListenForm(Form):
    """Where the pages are served."""

    host: Line = "127.0.0.1"
    port: int = Field(8001, ge=1, le=65535)


class SettingsFile(Form):
    """failwatch.yaml."""

    organisation: Line = Field("", description="Your organisation's name.")
    public_url: Address = Field(
        "http://127.0.0.1:8001", description="Where people reach the pages."
    )
    listen: ListenForm = ListenForm()
    mail: MailForm = MailForm()
    wikis: list[WikiForm] = Field(default_factory=list)
    polling: PollingForm = PollingForm()
    retention: RetentionForm = RetentionForm()
