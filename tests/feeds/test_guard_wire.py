"""The guard on real connections: what it keeps from being asked, and what cannot lead around it."""

import ast
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

import monitor
from monitor.feeds import guard
from tests.loopback import Answer, Loopback

OURS = ("127.0.0.0/8",)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        running.answers["/"] = Answer(b"a wiki")
        yield running


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f.1", "2130706433", "0"])
def test_a_client_for_wikis_does_not_reach_this_machine(server: Loopback, host: str) -> None:
    with guard.sync_client(()) as client, pytest.raises(guard.Blocked):
        client.get(server.url("/", host))
    assert server.requests == []


def test_a_client_for_wikis_reaches_what_the_team_allows(server: Loopback) -> None:
    with guard.sync_client(OURS) as client:
        assert client.get(server.url("/")).content == b"a wiki"


def test_a_name_is_looked_up_once_and_that_address_connected_to(server: Loopback) -> None:
    asked = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with httpx2.Client(transport=guard.sync_transport(OURS, resolve=resolve)) as client:
        assert client.get(server.url("/", "wiki.example")).content == b"a wiki"
    assert asked == ["wiki.example"]
    assert server.requests[0][1]["Host"] == server.url("", "wiki.example").partition("//")[2]


def test_a_name_that_changes_its_address_is_checked_at_each_connection(server: Loopback) -> None:
    found = iter([["127.0.0.1"], ["10.0.0.1"]])
    transport = guard.sync_transport(OURS, resolve=lambda _host, _port: next(found))
    with httpx2.Client(transport=transport) as client:
        client.get(server.url("/", "wiki.example"), headers={"Connection": "close"})
        with pytest.raises(guard.Blocked, match=r"10\.0\.0\.1"):
            client.get(server.url("/", "wiki.example"))


def test_one_bad_address_among_good_ones_refuses_the_name(server: Loopback) -> None:
    transport = guard.sync_transport(OURS, resolve=lambda _host, _port: ["127.0.0.1", "10.0.0.1"])
    with httpx2.Client(transport=transport) as client, pytest.raises(guard.Blocked):
        client.get(server.url("/", "wiki.example"))
    assert server.requests == []


def test_a_bad_address_beyond_those_that_are_tried_refuses_the_name_too() -> None:
    many = [f"93.184.216.{number}" for number in range(9)]
    assert guard.checked("news.example", 443, many, ()) == many[: guard.MAX_TRIES]
    with pytest.raises(guard.Blocked):
        guard.checked("news.example", 443, [*many, "::1"], ())


def test_the_next_address_is_tried_where_nobody_listens(server: Loopback) -> None:
    transport = guard.sync_transport(OURS, resolve=lambda _host, _port: ["127.9.9.9", "127.0.0.1"])
    with httpx2.Client(transport=transport) as client:
        assert client.get(server.url("/", "wiki.example")).content == b"a wiki"


def test_ports_of_other_services_are_refused_unless_the_network_is_ours() -> None:
    with pytest.raises(guard.Blocked, match="port 25"):
        guard.checked("mail.example", 25, ["93.184.216.34"], ())
    assert guard.checked("wiki.example", 81, ["10.0.0.1"], ("10.0.0.0/8",)) == ["10.0.0.1"]
    assert guard.checked("news.example", 8000, ["93.184.216.34"], ()) == ["93.184.216.34"]


def test_proxies_of_the_environment_do_not_lead_around_the_guard(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, server.url("/"))
    with guard.sync_client(()) as client, pytest.raises(guard.Blocked):
        client.get("http://10.0.0.1/")
    assert server.requests == []


@given(st.ip_addresses(v=4), st.sampled_from(["::", "::ffff:0:0:0", "64:ff9b:1::"]))
def test_odd_ways_to_hide_ipv4_are_refused_whatever_they_hide(
    inner: IPv4Address, prefix: str
) -> None:
    assert not guard.is_allowed(str(IPv6Address(int(IPv6Address(prefix)) + int(inner))))


@given(st.ip_addresses(v=4))
def test_nat64_is_judged_by_what_is_inside(inner: IPv4Address) -> None:
    outer = IPv6Address(int(IPv6Address("64:ff9b::")) + int(inner))
    assert guard.is_allowed(str(outer)) == guard.is_allowed(str(inner))


@given(st.integers(0, 2**96 - 1))
def test_6to4_and_teredo_are_refused(rest: int) -> None:
    assert not guard.is_allowed(str(IPv6Address((0x20010000 << 96) + rest)))
    assert not guard.is_allowed(str(IPv6Address((0x2002 << 112) + rest)))


@given(st.ip_addresses(), st.text("0123456789abcdef%ethzone", min_size=1, max_size=5))
def test_no_address_with_a_zone_is_allowed(address: IPv4Address | IPv6Address, zone: str) -> None:
    assert not guard.is_allowed(f"{address}%{zone}", ("0.0.0.0/0", "::/0"))


def test_no_other_module_makes_requests_of_its_own() -> None:
    """A request that somebody writes past the guard is found here."""
    clients = (
        "httpx",
        "httpcore",
        "requests",
        "urllib3",
        "aiohttp",
        "http.client",
        "urllib.request",
    )
    # Wikis are asked by a client that `app` makes behind the guard and hands to them.
    handed = ("confluence", "dokuwiki", "kinds", "mediawiki", "mediawiki_api", "reach")
    known = {"feeds/answers.py", "feeds/fetch.py", "feeds/guard.py"}
    known |= {f"wikis/{name}.py" for name in handed}
    root = Path(monitor.__file__).parent
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for name in imported(ast.parse(path.read_text("utf-8")))
        if name.startswith(clients)
    }
    assert found <= known


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
