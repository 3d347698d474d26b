"""The address guard: no request of ours reaches a private address unless the team allows it.

Checked on the address actually connected to, at every hop: names are resolved once, refused if any
of their addresses is bad, and the connection goes to exactly the address that was checked. The
table is our own, since `ipaddress`' flags miss ranges and differ between Python releases.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore2
import httpx2

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

WEB_PORTS = {80, 443}
"""Lower ports than 1024 belong to mail, files and the like, but for these."""

MAX_TRIES = 4
"""Addresses of one name that are tried, one after the other."""

Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Iterable[str]]
"""(host, port) -> its addresses; raises OSError or UnicodeError. May block."""


class Blocked(httpx2.ConnectError):
    """The address that a name stands for, or its port, is not one we may connect to."""


class NameNotFound(httpcore2.ConnectError):
    """No address is known for a name."""


@lru_cache(maxsize=64)
def networks(allow_networks: tuple[str, ...]) -> tuple[Network, ...]:
    """Parse `allow_networks`, which the configuration has checked."""
    return tuple(ip_network(net, strict=False) for net in allow_networks)


def is_allowed(address: str, allow_networks: tuple[str, ...] = ()) -> bool:
    """Say whether an address may be connected to: public, or in one of the `allow_networks`.

    IPv4 inside IPv6 (mapped, NAT64) is judged by the inner address; other transition forms
    (compatible, translated, 6to4, Teredo) and anything with a zone are refused.
    """
    ip = _inner(address)
    if ip is None:
        return False
    if _is_listed(ip, allow_networks):
        return True
    if isinstance(ip, IPv4Address):
        return not any(ip in net for net in BLOCKED_V4)
    return ip in GLOBAL_V6 and not any(ip in net for net in BLOCKED_V6)


def _inner(address: str) -> IPv4Address | IPv6Address | None:
    """The address that packets would really go to; None if it is no address, or has a zone."""
    try:
        ip = ip_address(address)
    except ValueError:
        return None
    if isinstance(ip, IPv4Address):
        return ip
    if ip.scope_id is not None:
        return None
    return IPv4Address(int(ip) & 0xFFFFFFFF) if ip in MAPPED or ip in NAT64 else ip


def _is_listed(ip: IPv4Address | IPv6Address, allow_networks: tuple[str, ...]) -> bool:
    return any(ip.version == net.version and ip in net for net in networks(allow_networks))


def resolve(host: str, port: int) -> list[str]:
    """Ask the system for a host's addresses; blocks, and raises OSError or UnicodeError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked(
    host: str, port: int, addresses: Iterable[str], allow_networks: tuple[str, ...]
) -> list[str]:
    """The addresses to try, at most `MAX_TRIES`; raises `Blocked` if any one of all is bad."""
    found = list(addresses)
    for address in found:
        if not is_allowed(address, allow_networks):
            raise Blocked(
                f"{host} is at {address}, which is not a public address. If it is yours, add its"
                " network to polling: allow_networks: in failwatch.yaml."
            )
        ip = _inner(address)
        is_ours = ip is not None and _is_listed(ip, allow_networks)
        if port < 1024 and port not in WEB_PORTS and not is_ours:
            raise Blocked(f"port {port} of {host} is not one that web servers use.")
    if not found:
        raise NameNotFound(f"the name {host} has no address")
    return found[:MAX_TRIES]


def _not_found(host: str, error: Exception) -> NameNotFound:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return NameNotFound(f"the name {host} cannot be found: {why}")


async def _resolved(resolve: Resolve, host: str, port: int) -> list[str]:
    """Resolve in a thread of its own.

    A name server that is silent for a minute would fill a shared pool of threads, and hold up the
    end of the program, which a daemon thread does not.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[str]] = loop.create_future()

    def settle(found: list[str], error: Exception | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(found)
        else:
            future.set_exception(error)

    def look_up() -> None:
        found: list[str] = []
        fault: Exception | None = None
        try:
            found = list(resolve(host, port))
        except (OSError, UnicodeError) as error:
            fault = _not_found(host, error)
        with suppress(RuntimeError):  # the loop has closed meanwhile: nobody waits any more
            loop.call_soon_threadsafe(settle, found, fault)

    threading.Thread(target=look_up, name=f"look up {host}", daemon=True).start()
    return await future


class AsyncBackend(httpcore2.AnyIOBackend):
    """Resolves, checks, and connects to what was checked, all within the connect timeout."""

    def __init__(self, allow_networks: tuple[str, ...], resolve: Resolve) -> None:
        self._allow = allow_networks
        self._resolve = resolve

    async def connect_tcp(self, host: str, port: int, *_args: Any, **options: Any) -> Any:
        """Connect to a host by name or address; raises `Blocked`."""
        try:
            async with asyncio.timeout(options.pop("timeout", None)):
                found = await _resolved(self._resolve, host, port)
                return await self._first(checked(host, port, found, self._allow), port, **options)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(host) from error

    async def _first(self, addresses: Sequence[str], port: int, **options: Any) -> Any:
        *others, last = addresses
        for address in others:
            # A network that drops packets must leave time for the other kind of address.
            with suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return await super().connect_tcp(address, port, timeout=3, **options)
        return await super().connect_tcp(last, port, **options)

    async def connect_unix_socket(self, *_args: Any, **_options: Any) -> Any:
        """Refuse: no feed or wiki lives on a socket file."""
        raise Blocked("connections to socket files are not made")


class SyncBackend(httpcore2.SyncBackend):
    """The same for callers without an event loop; looking up a name is not under the timeout."""

    def __init__(self, allow_networks: tuple[str, ...], resolve: Resolve) -> None:
        self._allow = allow_networks
        self._resolve = resolve

    def connect_tcp(self, host: str, port: int, *args: Any, **options: Any) -> Any:
        """Connect to a host by name or address; raises `Blocked`."""
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise _not_found(host, error) from error
        *others, last = checked(host, port, found, self._allow)
        for address in others:
            with suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return super().connect_tcp(address, port, *args, **options)
        return super().connect_tcp(last, port, *args, **options)

    def connect_unix_socket(self, *_args: Any, **_options: Any) -> Any:
        """Refuse: no feed or wiki lives on a socket file."""
        raise Blocked("connections to socket files are not made")


def async_transport(
    allow_networks: Sequence[str],
    *,
    connections: int = 32,
    tls: ssl.SSLContext | None = None,
    resolve: Resolve = resolve,
) -> httpx2.AsyncHTTPTransport:
    """A transport for polling; ignores proxies and other settings of the environment.

    `tls` says whom to trust instead of the usual authorities.
    """
    tls = tls or httpx2.create_ssl_context(trust_env=False)
    transport = httpx2.AsyncHTTPTransport(verify=tls, trust_env=False)
    # The documented seam for a network backend is httpcore2's; httpx2 does not pass one on.
    transport._pool = httpcore2.AsyncConnectionPool(  # noqa: SLF001
        ssl_context=tls,
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=5.0,
        network_backend=AsyncBackend(tuple(allow_networks), resolve),
    )
    return transport


def sync_transport(
    allow_networks: Sequence[str],
    *,
    tls: ssl.SSLContext | None = None,
    resolve: Resolve = resolve,
) -> httpx2.HTTPTransport:
    """The same for callers without an event loop."""
    tls = tls or httpx2.create_ssl_context(trust_env=False)
    transport = httpx2.HTTPTransport(verify=tls, trust_env=False)
    transport._pool = httpcore2.ConnectionPool(  # noqa: SLF001
        ssl_context=tls, network_backend=SyncBackend(tuple(allow_networks), resolve)
    )
    return transport


def sync_client(allow_networks: Sequence[str], *, timeout: float = 30.0) -> httpx2.Client:
    """A client for wikis, under the same guard; `timeout` in seconds a step."""
    return httpx2.Client(
        transport=sync_transport(allow_networks),
        timeout=timeout,
        trust_env=False,
        follow_redirects=False,
    )
