"""feeds.yaml, failwatch.yaml, rules/ and the environment into one frozen `Config`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.config.check import check
from monitor.config.forms import FeedsFile, PackFile, RuleForm, SettingsFile, TermsFile
from monitor.config.secrets import secret
from monitor.config.source import Source, read
from monitor.errors import ConfigError, Fault
from monitor.model import (
    FeedSettings,
    FetchLimits,
    MailSettings,
    RuleSource,
    Severity,
    TermList,
    WikiSettings,
)

FEEDS, SETTINGS, RULES, TERMS = "feeds.yaml", "failwatch.yaml", "rules", "terms.yaml"


@dataclass(frozen=True, slots=True)
class Polling:
    """What reading feeds may cost."""

    limits: FetchLimits
    at_once: int
    user_agent_contact: str


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept for how long."""

    polls_days: int


@dataclass(frozen=True, slots=True)
class Settings:
    """failwatch.yaml and the secrets that belong to it."""

    organisation: str
    public_url: str
    listen_host: str
    listen_port: int
    mail: MailSettings
    wikis: tuple[WikiSettings, ...]
    polling: Polling
    retention: Retention


@dataclass(frozen=True, slots=True)
class Config:
    """All that a team edits, checked for form."""

    feeds: tuple[FeedSettings, ...]
    rules: tuple[RuleSource, ...]
    terms: tuple[TermList, ...]
    settings: Settings
    fingerprint: str


def _files(root: Path) -> list[Path]:
    return [root / FEEDS, root / SETTINGS, *sorted((root / RULES).glob("*.yaml"))]


def fingerprint(root: Path) -> str:
    """A hash of all the files: changes when one of them does."""
    hashed = hashlib.sha256()
    for path in _files(root):
        try:
            content = path.read_bytes()
        except OSError:
            content = b"\0missing"
        hashed.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return hashed.hexdigest()


def load(root: Path, environ: Mapping[str, str]) -> Config:
    """Read and check everything; raises `ConfigError` with every fault of every file."""
    faults: list[Fault] = []
    mark = fingerprint(root)
    feeds = _feeds(root, faults)
    rules, terms = _rules(root, faults)
    settings = _settings(root, environ, faults)
    if faults or settings is None:
        raise ConfigError(faults)
    return Config(feeds, rules, terms, settings, mark)


def _source(root: Path, path: Path, faults: list[Fault]) -> Source | None:
    name = path.relative_to(root).as_posix()
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        faults.append(Fault(name, 0, "the file is not UTF-8; save it as UTF-8."))
        return None
    except OSError as error:
        faults.append(Fault(name, 0, f"it cannot be read ({error.strerror})."))
        return None
    found = read(name, text)
    if isinstance(found, Fault):
        faults.append(found)
        return None
    return found


def _feeds(root: Path, faults: list[Fault]) -> tuple[FeedSettings, ...]:
    if not (root / FEEDS).exists():
        faults.append(
            Fault(
                FEEDS,
                0,
                f"it is missing in {root.name}/. Make it with the line `feeds: []`, or say --config.",
            )
        )
        return ()
    source = _source(root, root / FEEDS, faults)
    form = check(source, FeedsFile) if source else []
    if source is None or isinstance(form, list):
        faults += form if isinstance(form, list) else []
        return ()
    seen: dict[str, int] = {}
    for index, feed in enumerate(form.feeds):
        line = source.line(["feeds", index])
        if feed.url in seen:
            faults.append(
                Fault(
                    FEEDS, line, f"{feed.url} stands here and on line {seen[feed.url]}; remove one."
                )
            )
        seen.setdefault(feed.url, line)
    return tuple(
        FeedSettings(
            url=f.url, title=f.title, language=f.language, category=f.category, tags=tuple(f.tags),
            every=f.every, full_text=f.full_text, enabled=f.enabled,
        )
        for f in form.feeds
    )  # fmt: skip


def _rules(root: Path, faults: list[Fault]) -> tuple[tuple[RuleSource, ...], tuple[TermList, ...]]:
    rules: list[RuleSource] = []
    terms: list[TermList] = []
    for path in sorted((root / RULES).glob("*.yaml")):
        source = _source(root, path, faults)
        if source is None:
            continue
        form: TermsFile | PackFile | list[Fault] = (
            check(source, TermsFile) if path.name == TERMS else check(source, PackFile)
        )
        match form:
            case list():
                faults += form
            case TermsFile():
                terms += [
                    TermList(name, tuple(words), source.file, source.line(["terms", name]))
                    for name, words in form.terms.items()
                ]
            case PackFile():
                rules += [_rule(source, i, rule) for i, rule in enumerate(form.rules)]
    return tuple(rules), tuple(terms)


def _rule(source: Source, index: int, rule: RuleForm) -> RuleSource:
    at: list[str | int] = ["rules", index]
    lines = [
        source.line([*at, "examples", side, i])
        for side, texts in (("match", rule.examples.match), ("no_match", rule.examples.no_match))
        for i in range(len(texts))
    ]
    return RuleSource(
        id=rule.id,
        title=rule.title,
        severity=Severity(rule.severity),
        weight=rule.weight,
        query=rule.query,
        match_examples=tuple(rule.examples.match),
        no_match_examples=tuple(rule.examples.no_match),
        family=rule.family,
        tags=tuple(rule.tags),
        languages=tuple(rule.languages),
        enabled=rule.enabled,
        file=source.file,
        line=source.line(at),
        query_line=source.text_line([*at, "query"]),
        example_lines=tuple(lines),
    )


def _settings(root: Path, environ: Mapping[str, str], faults: list[Fault]) -> Settings | None:
    exists = (root / SETTINGS).exists()
    source = _source(root, root / SETTINGS, faults) if exists else Source(SETTINGS, None)
    form = check(source, SettingsFile) if source else []
    if source is None or isinstance(form, list):
        faults += form if isinstance(form, list) else []
        return None
    mail, polling = form.mail, form.polling
    if mail.host and not mail.from_address:
        faults.append(
            Fault(
                SETTINGS,
                source.line(["mail", "host"]),
                "mail: from_address is missing: who do mails come from?",
            )
        )
    return Settings(
        organisation=form.organisation,
        public_url=form.public_url.rstrip("/"),
        listen_host=form.listen.host,
        listen_port=form.listen.port,
        mail=MailSettings(
            host=mail.host, port=mail.port, security=mail.security, user=mail.user,
            password=secret(environ, "FAILWATCH_MAIL_PASSWORD", faults),
            from_address=mail.from_address, from_name=mail.from_name, reply_to=mail.reply_to,
            ca_file=mail.ca_file, timeout_seconds=float(mail.timeout),
        ),
        wikis=_wikis(root, form, source, environ=environ, faults=faults),
        polling=Polling(
            FetchLimits(
                max_bytes=polling.max_bytes, total_seconds=float(polling.timeout),
                max_redirects=polling.max_redirects, allow_networks=tuple(polling.allow_networks),
            ),
            polling.at_once,
            polling.contact,
        ),
        retention=Retention(form.retention.polls.days),
    )  # fmt: skip


def _wikis(
    root: Path,
    form: SettingsFile,
    source: Source,
    *,
    environ: Mapping[str, str],
    faults: list[Fault],
) -> tuple[WikiSettings, ...]:
    wikis: list[WikiSettings] = []
    for index, wiki in enumerate(form.wikis):
        needed = {"folder": ("path",), "mediawiki": ("url", "user")}[wiki.kind]
        line = source.line(["wikis", index])
        faults.extend(
            Fault(SETTINGS, line, f"wiki '{wiki.name}' of kind {wiki.kind} lacks the key '{key}'.")
            for key in needed
            if not getattr(wiki, key)
        )
        if any(wiki.name == other.name for other in wikis):
            faults.append(
                Fault(
                    SETTINGS, source.line(["wikis", index]), f"two wikis are named '{wiki.name}'."
                )
            )
        variable = f"FAILWATCH_WIKI_{wiki.name.upper().replace('-', '_')}_PASSWORD"
        wikis.append(
            WikiSettings(
                name=wiki.name, kind=wiki.kind, path=str(root / wiki.path) if wiki.path else "",
                url=wiki.url, user=wiki.user, password=secret(environ, variable, faults), category=wiki.category,
            )
        )  # fmt: skip
    return tuple(wikis)
