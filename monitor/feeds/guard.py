"""The address guard: no request of ours reaches a private address unless the team allows it.

Checked on the address actually connected to, at every hop: names are resolved once, refused if any
of their addresses is bad, and the connection goes to exactly the address that was checked. The
table is our own, since `ipaddress`' flags miss ranges and differ between Python releases.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore2
import httpx2
from httpcore2._backends.anyio import AnyIOBackend
from httpcore2._backends.sync import SyncBackend

BLOCKED_V4 = tuple(
    IPv4Network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip

# Only global unicast (2000::/3) is reachable at all; these parts of it are not public.
GLOBAL_V6 = IPv6Network("2000::/3")
BLOCKED_V6 = tuple(
    IPv6Network(net)
    for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
)

MAPPED = IPv6Network("::ffff:0:0/96")
NAT64 = IPv6Network("64:ff9b::/96")

Network = IPv4Network | IPv6Network


class Blocked(httpx2.ConnectError):
    """The address that a name stands for is not one we may connect to."""


@lru_cache(maxsize=64)
def networks(allow: tuple[str, ...]) -> tuple[Network, ...]:
    """Parse `allow_networks`, which the configuration has checked."""
    return tuple(ip_network(net, strict=False) for net in allow)


def is_allowed(address: str, allow: tuple[str, ...] = ()) -> bool:
    """Say whether an address may be connected to: public, or in one of the `allow` networks.

    IPv4 inside IPv6 (mapped, NAT64) is judged by the inner address; other transition forms
    (compatible, translated, 6to4, Teredo) and anything with a zone are refused.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.scope_id is not None:
            return False
        if ip in MAPPED or ip in NAT64:
            ip = IPv4Address(int(ip) & 0xFFFFFFFF)
    if any(ip.version == net.version and ip in net for net in networks(allow)):
        return True
    if isinstance(ip, IPv4Address):
        return not any(ip in net for net in BLOCKED_V4)
    return ip in GLOBAL_V6 and not any(ip in net for net in BLOCKED_V6)


def _choose(host: str, found: Iterable[tuple[Any, ...]], allow: tuple[str, ...]) -> list[str]:
    """The addresses of a lookup, if every one of them may be connected to."""
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_allowed(address, allow):
            raise Blocked(
                f"{host} is at {address}, which is not a public address. If it is yours, add its"
                " network to polling: allow_networks: in failwatch.yaml."
            )
    return addresses


def _resolve_error(host: str, error: OSError) -> httpcore2.ConnectError:
    return httpcore2.ConnectError(f"the name {host} cannot be found ({error.strerror or error})")


class AsyncBackend(AnyIOBackend):
    """Resolves, checks, and connects to what was checked."""

    def __init__(self, allow: tuple[str, ...]) -> None:
        self._allow = allow

    async def connect_tcp(self, host: str, port: int, *args: Any, **options: Any) -> Any:
        """Connect to a host by name or address; raises `Blocked`."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise _resolve_error(host, OSError(str(error))) from error
        last: Exception | None = None
        for address in _choose(host, found, self._allow)[:4]:
            try:
                return await super().connect_tcp(address, port, *args, **options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
        raise last or _resolve_error(host, OSError("no address"))

    async def connect_unix_socket(self, *_args: Any, **_options: Any) -> Any:
        """Refuse: no feed or wiki lives on a socket file."""
        raise Blocked("connections to socket files are not made")


class GuardedSyncBackend(SyncBackend):
    """The same for callers without an event loop."""

    def __init__(self, allow: tuple[str, ...]) -> None:
        self._allow = allow

    def connect_tcp(self, host: str, port: int, *args: Any, **options: Any) -> Any:
        """Connect to a host by name or address; raises `Blocked`."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise _resolve_error(host, OSError(str(error))) from error
        last: Exception | None = None
        for address in _choose(host, found, self._allow)[:4]:
            try:
                return super().connect_tcp(address, port, *args, **options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
        raise last or _resolve_error(host, OSError("no address"))


def async_transport(allow: Sequence[str], *, connections: int = 32) -> httpx2.AsyncHTTPTransport:
    """A transport for polling; ignores proxies and other settings of the environment."""
    transport = httpx2.AsyncHTTPTransport(trust_env=False)
    # The documented seam for a network backend is httpcore2's; httpx2 does not pass one on.
    transport._pool = httpcore2.AsyncConnectionPool(  # noqa: SLF001
        ssl_context=httpx2.create_ssl_context(trust_env=False),
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=5.0,
        network_backend=AsyncBackend(tuple(allow)),
    )
    return transport


def sync_client(allow: Sequence[str], *, timeout: float = 30.0) -> httpx2.Client:
    """A client for wikis, under the same guard."""
    transport = httpx2.HTTPTransport(trust_env=False)
    transport._pool = httpcore2.ConnectionPool(  # noqa: SLF001
        ssl_context=httpx2.create_ssl_context(trust_env=False),
        network_backend=GuardedSyncBackend(tuple(allow)),
    )
    return httpx2.Client(
        transport=transport, timeout=timeout, trust_env=False, follow_redirects=False
    )
