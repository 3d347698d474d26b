"""Each real wiki once a session."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from monitor.model import Secret, WikiSettings
from monitor.wikis.dokuwiki import DokuWiki
from monitor.wikis.mediawiki import MediaWiki
from tests import dokuwiki as dokuwiki_server
from tests.dokuwiki import Doku, dokuwiki
from tests.mediawiki import BOT, BOT_PASSWORD, Wiki, mediawiki


@pytest.fixture(scope="session")
def wiki_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiki]:
    with mediawiki(tmp_path_factory.mktemp("wiki")) as running:
        yield running


@pytest.fixture(scope="session")
def doku_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doku]:
    with dokuwiki(tmp_path_factory.mktemp("doku")) as running:
        yield running


@pytest.fixture
def doku(doku_server: Doku) -> Iterator[DokuWiki]:
    """An adapter for a wiki without pages."""
    doku_server.clear()
    with httpx2.Client(timeout=30, trust_env=False) as client:
        settings = WikiSettings(
            "w", "dokuwiki", url=doku_server.url, user=dokuwiki_server.BOT,
            password=Secret(dokuwiki_server.BOT_PASSWORD), space="lessons",
        )  # fmt: skip
        yield DokuWiki(settings, client)


@pytest.fixture
def media(wiki_server: Wiki) -> Iterator[MediaWiki]:
    """An adapter for a wiki without pages."""
    wiki_server.clear()
    with httpx2.Client(timeout=30, trust_env=False) as client:
        yield MediaWiki(
            WikiSettings(
                "w", "mediawiki", url=wiki_server.api, user=BOT, password=Secret(BOT_PASSWORD)
            ),
            client,
        )
