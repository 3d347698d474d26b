"""Addresses: which of them name the same page, and which sites are one publisher's.

Pure; the list of public suffixes comes with the package `publicsuffixlist`, and nothing is fetched.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from urllib.parse import (
    SplitResult,
    parse_qs,
    parse_qsl,
    quote,
    unquote,
    urlencode,
    urlsplit,
    urlunsplit,
)

from publicsuffixlist import PublicSuffixList

_TRACKING = re.compile(
    r"^(utm_.*|at_.*|mc_[ce]id|mkt_tok|fbclid|gclid|gclsrc|gbraid|wbraid|dclid|msclkid|igshid|igsh|yclid|"
    r"twclid|ttclid|li_fat_id|_hs(enc|mi)|hs(Ctatracking|_email)|vero_id|oly_(anon|enc)_id|mbid|ncid|"
    r"ref|ref_src|ref_url|referrer|cmpid?|cmp|ns_.*|spm|s_cid|s_kwcid|sr_share|ocid|icid|smid|smtyp|"
    r"guccounter|guce_.*|__twitter_impression|amp|outputtype|feature|wt_mc.*|xtor|traffic_source|"
    r"share_id|soc_(src|trk)|tsrc|campaign_id|fb_(action_.*|source)|ito|shareToken|reflink|from_?rss)$",
    re.IGNORECASE,
)
"""Parameters that say who sent a reader, and never which page it is."""

_MOBILE_LABELS = ("www", "www2", "m", "mobile", "mobil", "amp", "touch")

_WRAPPERS: dict[str, tuple[str, ...]] = {
    "google.com": ("url", "q"), "news.google.com": ("url",), "bing.com": ("url",),
    "facebook.com": ("u",), "l.facebook.com": ("u",), "lm.facebook.com": ("u",),
    "l.instagram.com": ("u",), "out.reddit.com": ("url",), "t.umblr.com": ("z",),
    "youtube.com": ("q",), "slack-redir.net": ("url",), "linkedin.com": ("url",),
    "feedproxy.google.com": ("url",), "go.redirectingat.com": ("url",), "click.linksynergy.com": ("murl",),
    "nl.nytimes.com": ("u",), "vk.com": ("to",), "href.li": ("",), "anonym.to": ("",),
}  # fmt: skip
"""Hosts that lead on to another page, and the parameter that names it; `""`: the whole query."""

_LEADS_ON = re.compile(
    r"^/(url|l\.php|redirect|redir|away\.php|link|share|out|save|apiclick\.aspx|news/apiclick\.aspx|)/?$"
)
_AMP_CACHE = re.compile(r"^(?:/amp|/[cv])?/s/(.+)$")
_AMP_HOST = re.compile(r"(?:^|\.)(?:cdn\.ampproject\.org|google\.[a-z.]+)$")


def unwrapped(url: str) -> str:
    """The page that an address of a known wrapper leads to, without asking it; else as it is.

    AMP caches and the redirects of search engines and networks carry the page's address. A
    shortener that carries nothing (`bit.ly`) tells where it leads only to who asks: it stays.
    """
    url = url.strip()
    for _ in range(3):
        found = _unwrapped_once(url)
        if found == url:
            break
        url = found
    return url


def _unwrapped_once(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    name = (parts.hostname or "").lower().removeprefix("www.")
    inside = _AMP_CACHE.match(parts.path) if _AMP_HOST.search(name) else None
    if inside and "." in inside.group(1).split("/")[0]:
        return f"https://{inside.group(1)}" + (f"?{parts.query}" if parts.query else "")
    if name not in _WRAPPERS or not _LEADS_ON.match(parts.path):
        return url
    return _led_to(parts, name) or url


def _led_to(parts: SplitResult, name: str) -> str:
    for key in _WRAPPERS[name]:
        found = unquote(parts.query) if not key else parse_qs(parts.query).get(key, [""])[0]
        if found.lower().startswith(("http://", "https://")):
            return found
    return ""


def canonical_url(url: str) -> str:
    """Reduce an address to what names the page: `""` if it is not http(s).

    Drops fragment, tracking parameters, `www.`, mobile and AMP forms, default ports and a
    trailing slash; sorts parameters; the scheme becomes https, since both serve the same page.
    """
    try:
        parts = urlsplit(unwrapped(url))
        host = (parts.hostname or "").rstrip(".").lower()
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return ""
    labels = host.split(".")
    while len(labels) > 2 and labels[0] in _MOBILE_LABELS:
        labels = labels[1:]
    netloc = ".".join(labels)
    if ":" in netloc:
        netloc = f"[{netloc}]"
    if port not in {None, 80, 443}:
        netloc = f"{netloc}:{port}"
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    path = re.sub(r"/amp(?:/|\.html)?$|\.amp(?=$|\.html$)|(?<=.)/amp(?=/\d)", "", path)
    path = re.sub(r"^/amp(?=/.)", "", path).rstrip("/")
    query = sorted(
        (k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(k)
    )
    return urlunsplit(("https", netloc, path, urlencode(query), ""))


def host(url: str) -> str:
    """The host of an address without `www.` and mobile labels; `""` if it has none."""
    return urlsplit(canonical_url(url)).hostname or ""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=10_000)
def site(url: str) -> str:
    """The registrable domain of an address: what one publisher has (`bbc.co.uk`); else its host.

    Blogs on a shared domain (`acme.blogspot.com`) are publishers of their own.
    """
    name = host(url)
    return _suffixes().privatesuffix(name) or name if name else ""
