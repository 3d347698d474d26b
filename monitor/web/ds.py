"""The only module that imports Datasette: what we need of it, behind names of our own."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from datasette import Response
from datasette.app import Datasette
from datasette.utils.asgi import AsgiStream as Stream

from monitor.flow.ranking import Learnt
from monitor.store import db
from monitor.store.db import Connection, transaction
from monitor.web.descriptions import metadata
from monitor.web.live import Files, Live
from monitor.web.questions import QUERIES

T = TypeVar("T")

KEPT_BACK = (
    "audit", "changes", "queue_views", "second_readings",
    "lessons", "lesson_facts", "lesson_principles", "principles", "actions", "action_files", "profile", "lesson_verdicts", "plans",
    "disguises", "trusted_keys",
)  # fmt: skip
"""Tables for editors: those that say what each colleague did or keeps for themselves, as the Audit
page does, and those that may hold what a team tells only some. Our own pages show everybody what they may read of them."""

FOR_ADMINS = (
    "reflections", "reflection_people", "reflection_answers", "drills", "drill_moves", "drill_cards",
)  # fmt: skip
"""Tables that hold what people have not handed in yet, or what the others shall not see before they
have: our pages show it to nobody but them."""

EDITORS = {"allow": {"roles": "editor"}}
ADMINS = {"allow": {"roles": "admin"}}

__all__ = [
    "Datasette", "Response", "Site", "Stream", "build", "fragment", "posted", "read", "render", "site", "stream",
    "write",
]  # fmt: skip


@dataclass(slots=True)
class Site:
    """What our pages need beside Datasette: databases, files, the clock, the public address."""

    main_db: Path
    private_db: Path
    public_url: str
    clock: Callable[[], datetime]
    live: Live
    trials: OrderedDict[Any, Any] = field(default_factory=OrderedDict)
    """The last results of the workbench, so that paging through them does not search again."""
    kept: OrderedDict[Any, Any] = field(default_factory=OrderedDict)
    """The last answers to questions that take long; see `kept.py`."""
    under_way: dict[Any, Any] = field(default_factory=dict)
    """Those that are being asked anew."""
    learnt: Learnt = field(default_factory=Learnt)
    """What the queue's order had learnt when the page was last shown."""
    is_closing: bool = False
    """Whether the server stops: what would go on for long ends."""
    _slow: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "bench"))
    """One long question at a time, so that those who ask many leave a core to everybody else."""
    _conn: Connection | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_https(self) -> bool:
        """Whether people reach us by https: cookies are then sent by nothing else."""
        return self.public_url.startswith("https:")

    def private_now(self, work: Callable[[Connection], T]) -> T:
        """Run `work(private)` in one short transaction, in this thread."""
        with self._turn:
            if self._conn is None:
                self._conn = db.connect(self.private_db)
            with transaction(self._conn) as conn:
                return work(conn)

    async def private(self, work: Callable[[Connection], T]) -> T:
        """The same, off the event loop."""
        return await asyncio.to_thread(self.private_now, work)

    async def files(self) -> Files:
        """The files that the team edits."""
        return await asyncio.to_thread(self.live.files)

    async def slowly(self, work: Callable[[Connection], T]) -> T:
        """Run a question of seconds on a connection of its own, beside Datasette's threads."""

        def run() -> T:
            with closing(db.connect(self.main_db)) as conn:
                conn.execute("PRAGMA query_only=ON")
                return work(conn)

        return await asyncio.get_running_loop().run_in_executor(self._slow, run)


def _kept() -> dict[str, Any]:
    return {name: dict(EDITORS) for name in KEPT_BACK} | {n: dict(ADMINS) for n in FOR_ADMINS}


def build(
    main_db: Path,
    internal_db: Path,
    *,
    private_db: Path,
    secret: str,
    public_url: str,
    clock: Callable[[], datetime],
    root: Path,
    environ: Mapping[str, str],
) -> Datasette:
    """Datasette as Failwatch serves it: nothing for strangers, no SQL but for administrators."""
    datasette = Datasette(
        [str(main_db)],
        internal=str(internal_db),
        secret=secret,
        default_deny=True,
        config={
            "allow": {"id": "*"},
            "permissions": {
                "execute-sql": {"roles": "admin"},
                "view-database-download": False,
                "debug-menu": {"roles": "admin"},
                "permissions-debug": {"roles": "admin"},
            },
            "databases": {main_db.stem: {"tables": _kept(), "queries": QUERIES}},
        },
        metadata=metadata(main_db.stem),
        settings={
            "sql_time_limit_ms": 1000,
            # Which facets are useful is said in the descriptions; to guess at more takes half a second.
            "suggest_facets": False,
            "allow_signed_tokens": False,
            "allow_download": False,
            "default_page_size": 50,
            "force_https_urls": public_url.startswith("https:"),
        },
    )
    datasette.failwatch = Site(main_db, private_db, public_url, clock, Live(root, environ))
    return datasette


def site(datasette: Datasette) -> Site:
    """Our part of this Datasette."""
    found: Site = datasette.failwatch
    return found


def _database(datasette: Datasette) -> Any:
    return next(iter(datasette.databases.values()))


async def read(datasette: Datasette, work: Callable[[Connection], T]) -> T:
    """Run `work(conn)` on a reading connection."""
    found: T = await _database(datasette).execute_fn(work)
    return found


async def write(datasette: Datasette, work: Callable[[Connection], T]) -> T:
    """Run `work(conn)` in one write transaction, rolled back if it raises."""
    found: T = await _database(datasette).execute_write_fn(work)
    return found


async def fragment(datasette: Datasette, request: Any, template: str, **values: Any) -> str:
    """A part of a page, for our script to put in place."""
    made: str = await datasette.render_template(
        template, values | {"actor": request.actor}, request=request
    )
    return made


async def render(datasette: Datasette, request: Any, template: str, **values: Any) -> Response:
    """A page of ours, under our strict content policy."""
    body = await datasette.render_template(
        template, values | {"actor": request.actor, "path": request.path}, request=request
    )
    return Response.html(
        body, status=values.get("status", 200), headers={"Cache-Control": "no-store"}
    )


def stream(parts: AsyncIterator[str], content_type: str, name: str) -> Stream:
    """An answer that is sent while it is made, to be kept as a file."""

    async def send(writer: Any) -> None:
        async for part in parts:
            await writer.write(part)

    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Stream(send, headers=headers, content_type=content_type)


async def posted(request: Any) -> dict[str, Any]:
    """What a form or our script sent; a field that a form has several times becomes a list."""
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            found = json.loads(await request.post_body())
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
    pairs = parse_qsl((await request.post_body()).decode(errors="replace"), keep_blank_values=True)
    form: dict[str, Any] = {}
    for name, value in pairs:
        known = form.get(name)
        form[name] = (
            value if known is None else [*([known] if isinstance(known, str) else known), value]
        )
    return form
