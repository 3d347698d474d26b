"""Pages over a real socket, in this process: for browsers, and for what a test client cannot show."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from monitor.web.serve import Server
from tests.office import free_port


@contextmanager
def serving(datasette: Any, *, grace: int = 2) -> Iterator[str]:
    """Serve until the block ends; gives the address. Ending takes `grace` seconds at most."""
    port = free_port()
    server = Server(datasette, port=port, log_level="error", timeout_graceful_shutdown=grace)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(grace + 8)
    assert not thread.is_alive(), "the server did not stop"
