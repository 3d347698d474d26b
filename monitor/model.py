"""The nouns that three or more rooms share: frozen values, no behaviour beyond small properties.

Times are aware datetimes in UTC. All texts are plain text: markup ends in `feeds.parse`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum


class Severity(IntEnum):
    """How bad a failure is, as rules and subscribers count it."""

    SHORTFALL = 1
    MISSTEP = 2
    BACKLASH = 3
    CRISIS = 4


class Status(StrEnum):
    """A person's decision on an incident."""

    NEW = "new"
    WATCHING = "watching"
    RELEVANT = "relevant"
    DISMISSED = "dismissed"


class Role(StrEnum):
    """What an account may do; each role includes the ones before it."""

    VIEWER = "viewer"
    TRIAGER = "triager"
    EDITOR = "editor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Post:
    """What we keep of a feed's entry, before it has a row: normalised, plain, bounded."""

    guid: str
    """Identity within its feed: the feed's own id, else the link, else title and date."""
    url: str
    """Where a reader finds it; http(s) or empty."""
    canonical_url: str
    """`url` without tracking, fragment and mobile or AMP form; empty as `url` is."""
    title: str
    author: str
    summary: str
    text: str
    """Longest text the feed gave; may equal the summary."""
    language: str
    """BCP 47 primary tag such as `en`; empty if unknown."""
    published_at: datetime | None
    """As the feed says; None when it gives no readable date."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters in one field of a post: `[start, end)`, in code points."""

    field: str
    """`title`, `text`, `url`, `author`, `feed` or `lang`."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A rule hit a post."""

    rule: str
    """The rule's id, as in its pack."""
    version: str
    """Hash of what the rule means; names a row of `rules`."""
    title: str
    family: str
    """Rules of one family count once in a score."""
    severity: Severity
    weight: float
    """0 to 1: how likely a post that matches tells of a real failure."""
    tags: tuple[str, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """All matches of one post and what they add up to."""

    matches: tuple[Match, ...]
    """Strongest first."""
    score: float
    """1 - product(1 - weight) over the strongest match of each family."""
    flagged: bool

    @property
    def severity(self) -> Severity:
        """The worst severity among the matches; a shortfall when there is none."""
        return max((m.severity for m in self.matches), default=Severity.SHORTFALL)

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of all matches, each once, in order of strength."""
        return tuple(dict.fromkeys(tag for m in self.matches for tag in m.tags))


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """A feed as `feeds.yaml` has it."""

    url: str
    title: str = ""
    language: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    every: timedelta | None = None
    """Fixed interval; None leaves it to the schedule."""
    full_text: bool = False
    """Read the page of each new post of which the feed gives a teaser only."""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class RuleSource:
    """A rule as its pack has it: checked for form, not yet for meaning."""

    id: str
    title: str
    severity: Severity
    weight: float
    query: str
    match_examples: tuple[str, ...]
    no_match_examples: tuple[str, ...]
    family: str = ""
    """Empty means the rule is a family of its own."""
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    """Only posts in these languages, or of unknown language; empty means all."""
    enabled: bool = True
    file: str = ""
    line: int = 0
    """Where the rule begins in `file`, 1-based."""
    query_line: int = 0
    """Where its query's text begins."""
    example_lines: tuple[int, ...] = ()
    """Line of each example: those of `match_examples`, then of `no_match_examples`."""


@dataclass(frozen=True, slots=True)
class TermList:
    """A named list of alternatives that queries use as `$name`."""

    name: str
    terms: tuple[str, ...]
    """Each is a term or phrase in the query language, without AND, OR, NOT."""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one fetch may cost."""

    max_bytes: int = 15_000_000
    """Unpacked; the wire is held to the same."""
    total_seconds: float = 30.0
    connect_seconds: float = 10.0
    idle_seconds: float = 15.0
    max_redirects: int = 5
    allow_networks: tuple[str, ...] = ()
    """CIDR networks that the address guard lets pass though they are not public."""


@dataclass(frozen=True, slots=True)
class PollJob:
    """One claimed feed: all that fetching and parsing need, so that it can run anywhere."""

    feed_id: int
    url: str
    title: str
    language: str
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    every: timedelta | None = None
    failures: int = 0
    is_first: bool = False
    """No poll of this feed has ever succeeded."""
    full_text: bool = False
    """The pages of its teasers are to be read."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed's bytes and what came with them."""

    body: bytes
    content_type: str
    url: str
    """Where the body came from, after redirects."""
    moved_to: str
    """Set only if every redirect on the way was permanent (301, 308)."""
    status: int
    etag: str
    last_modified: str
    fresh_for: timedelta | None
    """Cache-Control max-age or Expires, if given."""
    ms: int


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server said 304."""

    url: str
    moved_to: str
    fresh_for: timedelta | None
    ms: int


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """No body: why, in words for the person who looks after feeds."""

    reason: str
    """One sentence: what went wrong and, where it helps, what to do."""
    status: int | None = None
    retry_after: timedelta | None = None
    is_gone: bool = False
    """410: the publisher says it will not come back; polling ends."""
    bytes: int = 0
    ms: int = 0


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed's bytes say."""

    title: str
    language: str
    posts: tuple[Post, ...]
    malformed: str = ""
    """Why a strict reader would refuse it; empty when it is well formed."""
    dropped: int = 0
    """Entries beyond the limit, newest kept."""
    ttl: timedelta | None = None
    """The feed's own hint: never poll more often than this."""


@dataclass(frozen=True, slots=True)
class ParseFailed:
    """The body is no feed, or could not be read within the limits."""

    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A post with the rules' verdict on it."""

    post: Post
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PollResult:
    """What gather hands to settle: one feed's poll, picklable, without a connection."""

    job: PollJob
    fetched: Fetched | NotModified | FetchFailed
    parsed: ParsedFeed | ParseFailed | None
    """None when there was nothing to parse (304, failure, unchanged bytes)."""
    judged: tuple[Judged, ...] = field(default=())
    body_hash: str = ""
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person who gets mail, and about what."""

    id: int
    email: str
    name: str = ""
    min_severity: Severity = Severity.SHORTFALL
    tags: tuple[str, ...] = ()
    """Any of these; empty means all."""
    words: tuple[str, ...] = ()
    """Any of these in title, organisation or text; empty means all."""
    is_paused: bool = False
    wants_digest: bool = True
    """The weekly digest."""


class Secret(str):
    """A text that never shows itself: its `repr` is `***`. Use `str(secret)` only to hand it over."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Hide the value wherever a log, traceback or dump would print it."""
        return "'***'"


NO_SECRET = Secret("")


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How alerts leave the house; an empty host means that no mail is sent."""

    host: str = ""
    port: int = 587
    security: str = "starttls"
    """`starttls`, `tls` or `none`."""
    user: str = ""
    password: Secret = NO_SECRET
    from_address: str = ""
    from_name: str = "Failwatch"
    reply_to: str = ""
    ca_file: str = ""
    """A PEM file to trust beside the system's, for a relay with a certificate of its own."""
    timeout_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class WikiSettings:
    """One place that lessons are exported to."""

    name: str
    kind: str
    """`folder`, `html`, `git`, `mediawiki`, `dokuwiki` or `confluence`."""
    path: str = ""
    """For files: the folder, or the one within the repository; for git, what is checked out."""
    url: str = ""
    """Of `api.php`, of the wiki, or of the repository."""
    user: str = ""
    password: Secret = NO_SECRET
    category: str = "Failwatch lessons"
    space: str = ""
    """For Confluence its key, for DokuWiki the namespace."""
    parent: str = ""
    """For Confluence: the number of the page that ours stand under."""
    branch: str = ""
    """For git; empty is the repository's own."""
    every_seconds: int = 0
    """How often the worker exports; 0 leaves it to people."""


@dataclass(frozen=True, slots=True)
class IncidentBrief:
    """An incident in brief: what an alert tells of it and is chosen by."""

    id: int
    title: str
    organisation: str
    severity: Severity
    score: float
    tags: tuple[str, ...]
    text: str
    """Text of its first post, for subscribers' words."""
    url: str
    """Where its first post can be read."""
    feed_title: str
    published_at: datetime
    why: tuple[str, ...]
    """One line a matching rule: its title, the words it hit, its weight."""
