"""The form of the files that people write; every key they may use stands here, with its default.

The descriptions are what an editor shows beside the key, by way of the JSON Schemas.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from monitor.config.fields import (
    Address,
    Concern,
    Email,
    Interval,
    Keeping,
    Language,
    Line,
    Network,
    Severity,
    Slug,
    Text,
    Where,
    Word,
)


class Form(BaseModel):
    """Keys with values; a key that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_left_out(cls, value: Any) -> Any:
        """Let `title:` without a value mean its default, as when all below a heading is commented out."""
        if not isinstance(value, dict):
            return value
        optional = {key for key, field in cls.model_fields.items() if not field.is_required()}
        return {k: v for k, v in value.items() if k not in optional or v not in (None, "")}


class FeedForm(Form):
    """A feed."""

    url: Address = Field(description="Address of the feed.")
    title: Line = Field("", description="Name shown on pages and in mails.")
    language: Language = Field("", description="Two letters, such as en.")
    category: Line = Field("", description="A word to filter by, such as trade.")
    tags: list[Word] = Field([], description="Words to filter by.")
    every: Interval | None = Field(
        None, description="How often to read it, 15m or longer; left out, it is learnt."
    )
    full_text: bool = Field(
        default=False,
        description="Read the page of each new post of which the feed gives a teaser only.",
    )
    enabled: bool = Field(default=True, description="false keeps it here without reading it.")


class FeedsFile(Form):
    """feeds.yaml."""

    feeds: list[FeedForm] = Field([], description="The feeds that are read.")


class Examples(Form):
    """Texts that prove a rule; each time the rules are read, they are tried."""

    match: list[Text] = Field(min_length=1, description="Texts that the rule must find.")
    no_match: list[Text] = Field(min_length=1, description="Texts that it must leave alone.")


class RuleForm(Form):
    """A rule."""

    id: Slug = Field(description="Small letters, digits and hyphens; unique over all packs.")
    title: Annotated[Line, Field(min_length=1)] = Field(
        description="What it finds, in plain words."
    )
    severity: Severity = Field(
        description="1 shortfall, 2 misstep, 3 backlash or 4 crisis, as number or name."
    )
    weight: float = Field(
        gt=0, lt=1, description="How likely a match tells of a real failure: more than 0, below 1."
    )
    family: Slug = Field("", description="Rules of one family count once in a score.")
    languages: list[Language] = Field(
        [], description="Look at posts in these languages only; left out, at all."
    )
    tags: list[Word] = Field([], description="Tags that an incident gets from it.")
    enabled: bool = Field(default=True, description="false switches it off.")
    query: Text = Field(description="What to look for; docs/rules.md tells how it is written.")
    examples: Examples = Field(description="Texts it must and must not match: match, no_match.")


class PackFile(Form):
    """A pack of rules: a file in rules/."""

    pack: Line = Field("", description="The pack's name.")
    rules: list[RuleForm] = Field([], description="The rules of the pack.")


class TermsFile(Form):
    """rules/terms.yaml."""

    terms: dict[Slug, list[Text]] = Field(
        {}, description="Name -> words and phrases that queries use as $name."
    )


class DigestForm(Form):
    """The weekly digest."""

    enabled: bool = Field(default=True, description="false makes none.")
    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = (
        Field("monday", description="Day on which it is made.")
    )
    hour: int = Field(8, ge=0, le=23, description="Hour of that day, 0 to 23.")
    timezone: Line = Field("UTC", description="Your clock, such as Europe/Berlin.")

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("is no time zone; write one such as Europe/Berlin or UTC")
        return value


class MailForm(Form):
    """How mail leaves; the password is FAILWATCH_MAIL_PASSWORD in the environment."""

    host: Line = Field("", description="Mail server; left out, no mail is sent.")
    port: int = Field(587, ge=1, le=65535, description="465 goes with tls, 587 with starttls.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is encrypted."
    )
    user: Line = Field("", description="Name to sign in with; left out, none is given.")
    from_address: Email = Field("", description="Sender, such as failwatch@example.org.")
    from_name: Line = Field("Failwatch", description="Name of the sender.")
    reply_to: Email = Field("", description="Where answers go; left out, to the sender.")
    ca_file: Line = Field("", description="PEM file to trust beside the system's.")
    timeout: int = Field(30, ge=1, le=600, description="Seconds to wait for the mail server.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.host and not self.from_address:
            raise ValueError("the key 'from_address' is missing: who do mails come from?")
        if self.host and self.port == 465 and self.security == "starttls":
            raise ValueError("port 465 is encrypted from the start; add security: tls")
        return self


class WikiForm(Form):
    """A place that lessons are written to."""

    name: Slug = Field(description="Short name, such as team.")
    kind: Literal["folder", "html", "git", "mediawiki", "dokuwiki", "confluence"] = Field(
        description="Markdown files, HTML files, Markdown files in git, or a wiki by its API."
    )
    path: Line = Field("", description="folder, html: where the files go; git: folder within.")
    url: Where = Field(
        "", description="mediawiki: its api.php; git: the repository; else the wiki's address."
    )
    user: Line = Field("", description="User, such as Bot@failwatch (a bot password).")
    category: Line = Field("Failwatch lessons", description="Category or label of the pages.")
    space: Line = Field("", description="confluence: key of the space; dokuwiki: namespace.")
    parent: Line = Field("", description="confluence: number of the page above ours.")
    branch: Line = Field("", description="git: the branch; left out, the repository's own.")
    every: Keeping | None = Field(None, description="Export by itself so often, such as 1d.")

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needed = WIKI_NEEDS[self.kind]
        if lacking := [key for key in needed if not getattr(self, key)]:
            keys = " and ".join(f"'{key}'" for key in lacking)
            raise ValueError(f"a wiki of kind {self.kind} needs {keys}; add what is missing")
        if self.kind != "git" and self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError("write a whole web address that begins with https:// or http://")
        return self


WIKI_NEEDS: dict[str, tuple[str, ...]] = {
    "folder": ("path",), "html": ("path",), "git": ("url",), "mediawiki": ("url", "user"),
    "dokuwiki": ("url", "user"), "confluence": ("url", "space"),
}  # fmt: skip
"""What a wiki of each kind cannot do without."""


class PollingForm(Form):
    """What reading feeds may cost."""

    at_once: int = Field(16, ge=1, le=64, description="Requests at once; one a host.")
    max_bytes: int = Field(
        15_000_000, ge=100_000, le=200_000_000, description="Largest feed in bytes, unpacked."
    )
    timeout: int = Field(30, ge=5, le=300, description="Seconds for one feed in all.")
    max_redirects: int = Field(5, ge=0, le=10, description="Redirects that are followed.")
    pages: Literal["matched", "listed", "never"] = Field(
        "matched",
        description="Whose teasers get their pages read: full_text feeds' and those that a rule"
        " matched, full_text feeds' only, or none.",
    )
    allow_networks: list[Network] = Field(
        [], description="Networks of your own that may be asked though they are not public."
    )
    contact: Line = Field(
        "", description="Address or page that publishers see; left out, public_url."
    )


class RetentionForm(Form):
    """What is kept for how long; posts, incidents and lessons stay."""

    polls: Keeping = Field(
        timedelta(days=90),
        description="How long the record of each poll is kept.",
        json_schema_extra={"default": "90d"},
    )


class RecallAuditForm(Form):
    """The weekly look at posts that no rule flagged."""

    posts: int = Field(
        10, ge=0, le=200, description="Posts drawn a week; 0 switches the recall audit off."
    )


class GroupingForm(Form):
    """Which posts are one incident; `failwatch incidents tune` proposes values."""

    join: float = Field(
        0.13, ge=0.03, le=0.9, description="From how alike on a post joins an incident."
    )
    suggest: float = Field(
        0.07, ge=0.01, le=0.9, description="From how alike on people are asked; at most join."
    )

    @model_validator(mode="after")
    def _is_between(self) -> GroupingForm:
        if self.suggest > self.join:
            raise ValueError("suggest must not be higher than join")
        return self


class ProfileForm(Form):
    """What concerns the organisation itself: the queue puts incidents that speak of it first."""

    sector: Concern | Literal[""] = Field("", description="Its sector in a word, such as airline.")
    brands: list[Concern] = Field(
        [], max_length=200, description="Names of its own, and of competitors worth hearing of."
    )
    channels: list[Concern] = Field(
        [], max_length=200, description="Where it speaks to people, such as TikTok."
    )
    markets: list[Concern] = Field(
        [], max_length=200, description="Where it does business, such as Austria."
    )
    words: list[Concern] = Field(
        [], max_length=200, description="Anything else that makes an incident worth reading."
    )


class ListenForm(Form):
    """Where the pages are served."""

    host: Line = Field("127.0.0.1", description="127.0.0.1 is this machine only, 0.0.0.0 all.")
    port: int = Field(8001, ge=1, le=65535, description="Port of the pages.")


class SettingsFile(Form):
    """failwatch.yaml."""

    organisation: Line = Field("", description="Your organisation's name.")
    public_url: Address = Field(
        "http://127.0.0.1:8001", description="Where people reach the pages; links in mails."
    )
    profile: ProfileForm = Field(
        ProfileForm(), description="What concerns you; the queue puts it first."
    )
    listen: ListenForm = Field(ListenForm(), description="Where the pages are served.")
    mail: MailForm = Field(MailForm(), description="How mail leaves.")
    digest: DigestForm = Field(DigestForm(), description="The weekly digest.")
    wikis: list[WikiForm] = Field([], description="Where lessons are written to.")
    polling: PollingForm = Field(PollingForm(), description="What reading feeds may cost.")
    retention: RetentionForm = Field(RetentionForm(), description="What is kept for how long.")
    recall_audit: RecallAuditForm = Field(
        RecallAuditForm(), description="The weekly look at posts that no rule flagged."
    )
    grouping: GroupingForm = Field(GroupingForm(), description="Which posts are one incident.")
