"""When rules matched, and whether there was anything to match: for rules that fall silent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

from monitor.store.db import Connection, moment, stamp


def match_days(conn: Connection, since: datetime, rule: str = "") -> dict[str, list[date]]:
    """The days on which posts were published that each rule matched, all its versions together.

    Of one rule if it is named. Shipped cases are left out: they are older than Failwatch.
    """
    found: dict[str, list[date]] = {}
    for row in conn.execute(
        "SELECT rule, substr(published_at, 1, 10) AS day FROM matches"
        " JOIN rules ON rules.id = rule_id JOIN posts ON posts.id = post_id"
        " JOIN feeds ON feeds.id = feed_id WHERE state <> 'shipped' AND published_at >= :since"
        " AND (:rule = '' OR rule = :rule) GROUP BY rule, day ORDER BY day",
        {"since": stamp(since), "rule": rule},
    ):
        found.setdefault(row["rule"], []).append(date.fromisoformat(row["day"]))
    return found


def matched_ever(conn: Connection) -> set[str]:
    """Rules that matched a post that did not come with Failwatch."""
    rows = conn.execute(
        "SELECT DISTINCT rule FROM rules WHERE EXISTS (SELECT 1 FROM matches"
        " JOIN posts ON posts.id = post_id JOIN feeds ON feeds.id = feed_id"
        " WHERE rule_id = rules.id AND state <> 'shipped')"
    )
    return {row["rule"] for row in rows}


def live_since(conn: Connection) -> dict[str, datetime]:
    """Since when each rule has been in force without a break; those that are not are left out."""
    in_force: dict[str, int] = {}
    since: dict[str, datetime] = {}
    for row in conn.execute(
        "SELECT rule, action, at FROM rules CROSS JOIN audit ON item = 'rule:' || rules.id"
        " WHERE action IN ('rule.live', 'rule.retire') ORDER BY audit.id"
    ):
        # A new version comes before the old one goes, so a rule that only changed never counts 0.
        count = in_force.get(row["rule"], 0)
        if row["action"] == "rule.live" and count <= 0:
            since[row["rule"]] = moment(row["at"])
        in_force[row["rule"]] = max(0, count + (1 if row["action"] == "rule.live" else -1))
    return {rule: at for rule, at in since.items() if in_force[rule]}


def days_with_posts(conn: Connection, since: datetime) -> dict[str, set[date]]:
    """For each language the days since a time on which posts came in; unknown is `""`."""
    found: dict[str, set[date]] = {}
    for row in conn.execute(
        "SELECT DISTINCT substr(seen_at, 1, 10) AS day, posts.language FROM posts"
        " JOIN feeds ON feeds.id = feed_id WHERE seen_at >= ? AND state <> 'shipped'",
        (stamp(since),),
    ):
        found.setdefault(row["language"], set()).add(date.fromisoformat(row["day"]))
    return found


def unread_share(
    conn: Connection, rules: Sequence[str], *, silent_since: datetime
) -> dict[str, float]:
    """How much of what each rule matched came from feeds that are not read just now.

    Those are feeds that were removed, switched off or ended, and those that have failed since.
    """
    rows = conn.execute(
        "SELECT rule, avg(feeds.state <> 'active' OR (failures > 0"
        " AND coalesce(last_success_at, '') < :since)) AS share FROM matches"
        " JOIN rules ON rules.id = rule_id JOIN posts ON posts.id = post_id"
        " JOIN feeds ON feeds.id = feed_id"
        " WHERE state <> 'shipped' AND rule IN (SELECT value FROM json_each(:rules)) GROUP BY rule",
        {"rules": json.dumps(list(rules)), "since": stamp(silent_since)},
    )
    return {row["rule"]: row["share"] for row in rows}
