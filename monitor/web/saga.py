"""The history of an incident in words: what Failwatch and people did, and what can be taken back."""

from __future__ import annotations

import json
from typing import Any

from monitor.store.db import Row

_ACTIONS = {
    "incident.start": "started it",
    "incident.join": "added a post",
    "incident.leave": "took a post out",
    "incident.merge": "merged",
    "incident.split": "split",
    "incident.move": "moved a post",
    "incident.status": "decided",
    "incident.undo": "took the decision back",
    "lesson.save": "saved the lesson",
    "lesson.start": "began the lesson",
    "lesson.unfit": "said that it is no case of a lesson",
    "action.file": "added a file to an action of the lesson",
    "action.unfile": "took a file off an action of the lesson",
}


def sentence(row: dict[str, Any], number: int) -> str:
    """What a row of the log says of incident `number`, without its subject."""
    before, after, action = row["before"], row["after"], row["action"]
    own = row["item"] == f"incident:{number}"
    of = "" if own or row["item"].startswith("lesson:") else f" ({row['item'].replace(':', ' ')})"
    if row["words"]:
        return str(row["words"]) + of
    if action.endswith(".undo") and action not in _ACTIONS:
        return f"took back: {_plain(action.removesuffix('.undo'))}" + of
    if action == "incident.merge" and "merged" in after:
        return f"merged incident {after['merged']}, “{after.get('title', '')}”, into this one"
    if action == "incident.split" and "split_off" in after:
        return f"split this off incident {after['split_off']}"
    if action == "incident.move" and "moved_from" in after:
        return f"moved post {after['post']} here from incident {after['moved_from']}"
    if action == "incident.join":
        return f"added post {after.get('post')}: {after.get('why', '')}" + of
    if action in {"incident.status", "incident.undo"}:
        became = after.get("status", "")
        return f"{'made' if action.endswith('status') else 'took back: made'} it {became}" + of
    said = _ACTIONS.get(action, _plain(action))
    changed = [str(name).replace("_", " ") for name in {**before, **after}]
    is_telling = action == "lesson.save" and before
    return said + (f": {', '.join(changed)}" if is_telling else "") + of


def _plain(action: str) -> str:
    return action.partition(".")[2].replace("_", " ").replace(".", " ") or action


def told(rows: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """Rows of the history as the page shows them."""
    return [row | {"sentence": sentence(row, number)} for row in rows]


def history(rows: list[Row]) -> list[dict[str, Any]]:
    """Audit rows of anything, as sentences' parts."""
    made = []
    for row in rows:
        before, after = json.loads(row["before"]), json.loads(row["after"])
        changes = [
            f"{key.replace('_', ' ')}: {str(before[key])[:80]} → {str(after.get(key, ''))[:80]}" if key in before
            else f"{key.replace('_', ' ')}: {str(after[key])[:120]}"
            for key in {**before, **after}
        ]  # fmt: skip
        made.append(
            {
                "at": row["at"],
                "actor": row["actor"],
                "action": row["action"].replace(".", " "),
                "changes": changes,
            }
        )
    return made
