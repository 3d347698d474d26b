"""A verdict in words: which rules hit, by what, and how the score came about."""

from __future__ import annotations

from monitor.model import Match, Post, Verdict
from monitor.rules.match import THRESHOLD, counted
from monitor.text import one_line


def field_text(post: Post, field: str) -> str:
    """The text that a span of `field` counts in; empty for `feed`, which is not the post's."""
    texts = {
        "title": post.title,
        "text": max(post.text, post.summary, key=len),
        "url": post.url,
        "author": post.author,
        "lang": post.language,
    }
    return texts.get(field, "")


def words(match: Match, post: Post) -> tuple[str, ...]:
    """The words of a post that a match is about, each once."""
    found = (one_line(field_text(post, s.field)[s.start : s.end], 60) for s in match.spans)
    return tuple(dict.fromkeys(word for word in found if word))


def lines(verdict: Verdict, post: Post) -> tuple[str, ...]:
    """One line a match: its title, the words it hit, its weight."""
    strongest = {m.rule for m in counted(verdict.matches)}
    made = []
    for match in verdict.matches:
        said = ", ".join(f"“{word}”" for word in words(match, post)) or "the post as a whole"
        spare = "" if match.rule in strongest else f"; not counted: {match.family} counts once"
        made.append(f"{match.title}: {said} (weight {match.weight:.2f}{spare})")
    return tuple(made)


def arithmetic(verdict: Verdict) -> str:
    """The score as a sum that can be checked by hand."""
    if not verdict.matches:
        return f"No rule matches: score 0.00; a post is flagged from {THRESHOLD:.2f}."
    product = " × ".join(f"(1 − {m.weight:.2f})" for m in counted(verdict.matches))
    outcome = "flagged" if verdict.flagged else "not flagged"
    return f"1 − {product} = {verdict.score:.2f}: {outcome}, since a post is flagged from {THRESHOLD:.2f}."
