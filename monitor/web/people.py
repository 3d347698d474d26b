"""Who there is: names that an incident can be given to, or that a note can mention."""

from __future__ import annotations

from typing import Any

from monitor.store import accounts
from monitor.web.ds import site


async def people(datasette: Any) -> tuple[str, ...]:
    """Names of those who may sign in."""
    found = await site(datasette).private(accounts.list_all)
    return tuple(a.name for a in found if not a.is_disabled)
