"""Which kind of wiki is which adapter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx2

from monitor.model import WikiSettings
from monitor.wikis.confluence import Confluence
from monitor.wikis.dokuwiki import DokuWiki
from monitor.wikis.folder import Folder
from monitor.wikis.git import Git
from monitor.wikis.mediawiki import MediaWiki


def opened(
    wiki: WikiSettings, *, client: Callable[[], httpx2.Client], checkouts: Path
) -> Folder | Git | MediaWiki | DokuWiki | Confluence:
    """The adapter for a wiki of failwatch.yaml; `checkouts` is where repositories are kept."""
    match wiki.kind:
        case "folder" | "html":
            return Folder(wiki)
        case "git":
            return Git(wiki, checkouts / wiki.name)
        case "dokuwiki":
            return DokuWiki(wiki, client())
        case "confluence":
            return Confluence(wiki, client())
    return MediaWiki(wiki, client())
