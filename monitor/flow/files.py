"""The files that a team edits, from the folder to rules that can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.config.load import load
from monitor.config.settings import Config
from monitor.config.standing import keep, stand
from monitor.model import Post, Verdict
from monitor.rules import compare, match, pack
from monitor.store.rules import LiveRule


@dataclass(frozen=True, slots=True)
class Loaded:
    """The files that a team edits, read and compiled; replaced as a whole when they change."""

    config: Config
    rule_set: pack.RuleSet

    def judge(self, post: Post, feed: str) -> Verdict:
        """What the rules in force say of a post of that feed."""
        return match.judge(self.rule_set, post, feed=feed)

    def live_rules(self) -> list[LiveRule]:
        """The rules in force, as the store records them."""
        return [
            LiveRule(
                rule=rule.source.id,
                version=rule.version,
                title=rule.source.title,
                family=rule.source.family or rule.source.id,
                severity=int(rule.source.severity),
                weight=rule.source.weight,
                tags=rule.source.tags,
                query=rule.source.query,
                pack=rule.source.file,
                languages=rule.source.languages,
                lists=tuple(compare.lists_of(rule.tree, self.rule_set).items()),
            )
            for rule in self.rule_set.rules
        ]


def load_files(root: Path, environ: Mapping[str, str]) -> Loaded:
    """Read feeds.yaml, failwatch.yaml and rules/; raises `ConfigError` with every fault."""
    config = load(root, environ)
    return Loaded(config, _rule_set(config))


def _rule_set(config: Config) -> pack.RuleSet:
    return pack.build(config.rules, config.terms)


def stand_on(root: Path, environ: Mapping[str, str], kept: Path) -> tuple[Loaded, str]:
    """The files as `load_files`, but with the last good version, from `kept`, of every broken pack.

    Returns what is wrong with the files as well, empty if nothing is.
    """
    standing = stand(root, environ, kept, _rule_set)
    keep(root, kept, standing)
    return Loaded(standing.config, standing.made), standing.told


def prove(root: Path, environ: Mapping[str, str], instead: Mapping[str, bytes]) -> None:
    """Try the folder with changed files before they are written; raises `ConfigError`."""
    config = load(root, environ, instead)
    pack.build(config.rules, config.terms)
