"""Serving: one process, one worker, stopped within ten seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import uvicorn

from monitor.web import ds

STOP_SECONDS = 5


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
    config = uvicorn.Config(
        datasette.app(),
        host=host,
        port=port,
        lifespan="on",
        workers=1,
        log_level="warning",
        access_log=False,
        server_header=False,
        # A proxy on this machine may say by which scheme it was asked; nobody else.
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1,::1",
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    uvicorn.Server(config).run()
