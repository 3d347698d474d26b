"""feeds.yaml, failwatch.yaml, rules/ and the environment into one frozen `Config`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from monitor.config.check import check
from monitor.config.forms import (
    FeedsFile,
    Form,
    MailForm,
    PackFile,
    ProfileForm,
    RuleForm,
    SettingsFile,
    TermsFile,
)
from monitor.config.secrets import MAIL_PASSWORD, secret, wiki_password
from monitor.config.settings import Config, Polling, Retention, Settings
from monitor.config.source import Source, read
from monitor.errors import ConfigError, Fault
from monitor.model import (
    FeedSettings,
    FetchLimits,
    MailSettings,
    RuleSource,
    Secret,
    Severity,
    TermList,
    WikiSettings,
)
from monitor.settings import DigestSettings, Thresholds

FEEDS, SETTINGS, RULES, TERMS = "feeds.yaml", "failwatch.yaml", "rules", "rules/terms.yaml"

F = TypeVar("F", bound=Form)


def load(
    root: Path, environ: Mapping[str, str], instead: Mapping[str, bytes | None] | None = None
) -> Config:
    """Read and check everything in `root`; raises `ConfigError` with every fault of every file.

    `instead` holds what files by these names are to say, None for a file to be left out: a change
    is tried before it is written, a broken pack replaced.
    """
    found: dict[str, bytes | OSError | None] = {**_read(root), **(instead or {})}
    files = {name: content for name, content in found.items() if content is not None}
    faults: list[Fault] = []
    sources = dict(_sources(files, faults))
    feeds = _feeds(sources, faults)
    rules, terms = _rules(sources, faults)
    settings = _settings(sources, root, environ, faults=faults)
    if faults or settings is None:
        raise ConfigError(faults)
    return Config(feeds, rules, terms, settings, _hash(files))


def fingerprint(root: Path) -> str:
    """A hash of the bytes of all files: changes when one of them does, comes or goes."""
    return _hash(_read(root))


def _read(root: Path) -> dict[str, bytes | OSError]:
    """Every file's bytes by its name, or why there are none; a lock or draft (`.#…`) is no file of ours."""
    names = [FEEDS, SETTINGS]
    files: dict[str, bytes | OSError] = {}
    try:
        found = [path.name for path in (root / RULES).iterdir()]
        names += sorted(
            f"{RULES}/{name}"
            for name in found
            if name.endswith((".yaml", ".yml")) and not name.startswith(".")
        )
    except FileNotFoundError:
        pass  # no rules yet is allowed: posts are stored all the same
    except OSError as error:
        files[RULES] = error
    for name in names:
        try:
            files[name] = (root / name).read_bytes()
        except OSError as error:
            files[name] = error
    return files


def _hash(files: Mapping[str, bytes | OSError]) -> str:
    hashed = hashlib.sha256()
    for name, content in files.items():
        raw = content if isinstance(content, bytes) else b"\0unreadable"
        hashed.update(f"{name}\0{len(raw)}\0".encode("utf-8", "surrogateescape"))
        hashed.update(raw)
    return hashed.hexdigest()


def _sources(
    files: Mapping[str, bytes | OSError], faults: list[Fault]
) -> Iterator[tuple[str, Source]]:
    for name, content in files.items():
        found = _source(name, content)
        if isinstance(found, Fault):
            faults.append(found)
        elif found is not None:
            yield name, found


def _source(name: str, content: bytes | OSError) -> Source | Fault | None:
    match content:
        case FileNotFoundError() if name == SETTINGS:
            return Source(SETTINGS, None)
        case FileNotFoundError() if name == FEEDS:
            return Fault(
                FEEDS,
                0,
                "the file is missing. Make it with the line `feeds: []`, or name the folder it is in"
                " with --config.",
            )
        case OSError():
            return Fault(name, 0, f"it cannot be read ({content.strerror or content}).")
        case _ if name.endswith(".yml"):
            return Fault(name, 0, "only files that end in .yaml are read; rename it.")
        case _:
            return parse(name, content)


def parse(name: str, content: bytes) -> Source | Fault:
    """The YAML of a file's bytes; a fault if they are none."""
    try:
        return read(name, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Fault(name, line, "this is not UTF-8; save the file as UTF-8.")


def _form(source: Source | None, form: type[F], faults: list[Fault]) -> F | None:
    """The filled form; None, with its faults noted, if there is none."""
    if source is None:
        return None
    found = check(source, form)
    if isinstance(found, list):
        faults += found
        return None
    return found


def feed_faults(source: Source) -> list[Fault]:
    """Every fault of feeds.yaml."""
    found = check(source, FeedsFile)
    return [*(found if isinstance(found, list) else ()), *_twice(source, "feeds", "url")]


def _twice(source: Source, heading: str, key: str) -> Iterator[Fault]:
    """Items of a list that share what must be unique, found whether or not the rest is right."""
    items = source.value.get(heading) if isinstance(source.value, dict) else None
    seen: dict[str, int] = {}
    for index, item in enumerate(items if isinstance(items, list) else ()):
        value = item.get(key) if isinstance(item, dict) else None
        if not isinstance(value, str) or not value.strip():
            continue
        line = source.line((heading, index, key))
        first = seen.setdefault(value.strip(), line)
        if first != line:
            yield Fault(
                source.file, line, f"{value.strip()} stands here and on line {first}; remove one."
            )


def _feeds(sources: Mapping[str, Source], faults: list[Fault]) -> tuple[FeedSettings, ...]:
    source = sources.get(FEEDS)
    form = _form(source, FeedsFile, faults)
    faults += _twice(source, "feeds", "url") if source else ()
    return tuple(
        FeedSettings(
            url=f.url, title=f.title, language=f.language, category=f.category, tags=tuple(f.tags),
            every=f.every, full_text=f.full_text, enabled=f.enabled,
        )
        for f in (form.feeds if form else ())
    )  # fmt: skip


def _rules(
    sources: Mapping[str, Source], faults: list[Fault]
) -> tuple[tuple[RuleSource, ...], tuple[TermList, ...]]:
    rules: list[RuleSource] = []
    terms: list[TermList] = []
    for name, source in sources.items():
        if name == TERMS and (lists := _form(source, TermsFile, faults)):
            terms += [
                TermList(key, tuple(words), name, source.line(("terms", key)))
                for key, words in lists.terms.items()
            ]
        elif name.startswith(f"{RULES}/") and name != TERMS:
            pack = _form(source, PackFile, faults)
            rules += [_rule(source, i, rule) for i, rule in enumerate(pack.rules if pack else ())]
    return tuple(rules), tuple(terms)


def _rule(source: Source, index: int, rule: RuleForm) -> RuleSource:
    sides = (("match", rule.examples.match), ("no_match", rule.examples.no_match))
    return RuleSource(
        id=rule.id, title=rule.title, severity=Severity(rule.severity), weight=rule.weight,
        query=rule.query, match_examples=tuple(rule.examples.match),
        no_match_examples=tuple(rule.examples.no_match), family=rule.family,
        tags=tuple(rule.tags), languages=tuple(rule.languages), enabled=rule.enabled,
        file=source.file, line=source.line(("rules", index)),
        query_line=source.text_line(("rules", index, "query")),
        example_lines=tuple(
            source.line(("rules", index, "examples", side, i))
            for side, texts in sides
            for i in range(len(texts))
        ),
    )  # fmt: skip


def _settings(
    sources: Mapping[str, Source], root: Path, environ: Mapping[str, str], *, faults: list[Fault]
) -> Settings | None:
    source = sources.get(SETTINGS)
    form = _form(source, SettingsFile, faults)
    faults += _twice(source, "wikis", "name") if source else ()
    if form is None:
        return None
    polling = form.polling
    limits = FetchLimits(
        max_bytes=polling.max_bytes, total_seconds=float(polling.timeout),
        max_redirects=polling.max_redirects, allow_networks=tuple(polling.allow_networks),
    )  # fmt: skip
    return Settings(
        organisation=form.organisation,
        public_url=form.public_url.rstrip("/"),
        profile=_profile(form.profile),
        listen_host=form.listen.host,
        listen_port=form.listen.port,
        mail=_mail(form.mail, root, secret(environ, MAIL_PASSWORD, faults)),
        wikis=tuple(
            WikiSettings(
                name=wiki.name, kind=wiki.kind,
                path=wiki.path if wiki.kind == "git" else _inside(root, wiki.path), url=wiki.url,
                user=wiki.user, password=secret(environ, wiki_password(wiki.name), faults),
                category=wiki.category, space=wiki.space, parent=wiki.parent, branch=wiki.branch,
                every_seconds=int(wiki.every.total_seconds()) if wiki.every else 0,
            )
            for wiki in form.wikis
        ),
        polling=Polling(limits, polling.at_once, polling.contact, polling.pages),
        retention=Retention(form.retention.polls.days),
        digest=DigestSettings(
            form.digest.enabled, form.digest.day, form.digest.hour, form.digest.timezone
        ),
        grouping=Thresholds(form.grouping.join, form.grouping.suggest),
        recall_posts=form.recall_audit.posts,
    )  # fmt: skip


def _profile(form: ProfileForm) -> tuple[tuple[str, str], ...]:
    sector = [form.sector] if form.sector else []
    lists = {"brands": form.brands, "words": form.words, "sector": sector}
    lists |= {"markets": form.markets, "channels": form.channels}
    return tuple((heading, word) for heading, them in lists.items() for word in them)


def _mail(mail: MailForm, root: Path, password: Secret) -> MailSettings:
    return MailSettings(
        host=mail.host, port=mail.port, security=mail.security, user=mail.user, password=password,
        from_address=mail.from_address, from_name=mail.from_name, reply_to=mail.reply_to,
        ca_file=_inside(root, mail.ca_file), timeout_seconds=float(mail.timeout),
    )  # fmt: skip


def _inside(root: Path, path: str) -> str:
    """A path as the file means it: relative to the folder that the file lies in."""
    return str(root / path) if path else ""
