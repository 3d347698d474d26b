"""Serving: one process, one worker, stopped within ten seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from socket import socket
from typing import Any

import uvicorn

from monitor.web import ds

STOP_SECONDS = 5


class Server(uvicorn.Server):
    """Ends the streams of open pages before it waits for what is still being answered."""

    def __init__(self, datasette: Any, **options: Any) -> None:
        """`options` as of `uvicorn.Config`."""
        super().__init__(uvicorn.Config(datasette.app(), lifespan="on", **options))
        self._site = ds.site(datasette)
        self._site.is_closing = False

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop."""
        self._site.is_closing = True
        await super().shutdown(sockets)


def serve(
    *,
    main_db: Path,
    private_db: Path,
    internal_db: Path,
    secret: str,
    public_url: str,
    host: str,
    port: int,
    clock: Callable[[], datetime],
    root: Path,
    environ: Mapping[str, str],
) -> None:
    """Serve the pages until SIGTERM or SIGINT; returns when all is closed."""
    datasette = ds.build(
        main_db,
        internal_db,
        private_db=private_db,
        secret=secret,
        public_url=public_url,
        clock=clock,
        root=root,
        environ=environ,
    )
    Server(
        datasette,
        host=host,
        port=port,
        workers=1,
        log_level="warning",
        access_log=False,
        server_header=False,
        # A proxy on this machine may say by which scheme it was asked; nobody else.
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1,::1",
        timeout_graceful_shutdown=STOP_SECONDS,
    ).run()
