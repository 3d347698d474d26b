"""Lessons on paper."""

import io
import shutil
import zipfile
from datetime import date

import pytest
from lxml import etree, html

from monitor.errors import Refused
from monitor.flow import printing
from monitor.store.db import Connection
from monitor.wikis import pandoc
from monitor.wikis.pages import WikiFailed
from tests.browser import browser
from tests.wikidesk import HOSTILE, learn, told

TODAY = date(2026, 3, 1)


def printed(main: Connection, end: str, *numbers: int) -> bytes:
    return printing.run(
        main, numbers, end, public_url="https://fw.example", today=TODAY, docx=pandoc.docx
    )


@pytest.fixture
def house(main: Connection) -> Connection:
    for number, title in ((1, "Never joke about storms"), (2, "<b>Bold</b> & {tex}")):
        told(main, number, HOSTILE if number == 1 else "100% of {x} fail_ed")
        learn(main, number, title, why="Haste.", what_happened="It **went** wrong.")
    return main


def test_a_page_prints_one_lesson_a_sheet_with_its_contents(house: Connection) -> None:
    tree = html.fromstring(printed(house, ".html").decode())
    assert tree.xpath("//ol[1]//a/@href") == ["#lesson-1", "#lesson-2"]
    assert [h.text_content() for h in tree.iter("h1")] == [
        "Failwatch lessons", "Never joke about storms", "<b>Bold</b> & {tex}"]  # fmt: skip
    assert HOSTILE in tree.text_content()
    assert etree.tostring(html.fromstring(printed(house, ".html", 2))).count(b"<section") == 2


def test_chromium_makes_sheets_of_it(house: Connection) -> None:
    with browser() as chromium:
        page = chromium.new_page()
        page.set_content(printed(house, ".html").decode())
        pdf = page.pdf(format="A4")
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type /Page/") == 3  # fmt: skip


def test_sources_go_into_a_bibliography_by_the_keys_of_the_pages(house: Connection) -> None:
    text = printed(house, ".bib").decode()
    assert text.count("@online{") == 2
    assert "@online{news2026acme," in text
    assert r"title = {100\% of \{x\} fail\_ed}" in text
    assert text.count("{") == text.count("}")


def test_a_word_document_says_the_same(house: Connection) -> None:
    if shutil.which("pandoc") is None:
        with pytest.raises(Refused, match="needs pandoc"):
            printed(house, ".docx")
        return
    made = printed(house, ".docx")
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        text = "".join(etree.fromstring(file.read("word/document.xml")).itertext())
    assert "Never joke about storms" in text
    assert HOSTILE in text


def test_what_cannot_be_printed_says_why(house: Connection) -> None:
    with pytest.raises(Refused, match="no lesson 9"):
        printed(house, ".html", 9)
    with pytest.raises(Refused, match="pandoc is broken"):
        printing.run(house, (), ".docx", public_url="", today=TODAY, docx=lambda _: WikiFailed("pandoc is broken"))  # fmt: skip
