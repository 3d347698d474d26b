"""The neutral document as Confluence's storage format, which is XML.

Confluence writes it anew on saving: attributes in another order, numbers on macros, named entities.
So parts are compared in a normal form, and every page is read as XML before it leaves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape as as_xml
from html import unescape

from lxml import etree

from monitor.text import clean
from monitor.wikis.document import Block, Node, Run, Table
from monitor.wikis.html import lists
from monitor.wikis.pages import Marks, trimmed

Place = Callable[[str], str]
"""Key of a page -> its title; empty if there is none."""

_TAGS = {"code": "code", "strong": "strong", "emphasis": "em"}
_KINDS = {"heading": "h2", "subheading": "h3", "quote": "blockquote", "paragraph": "p"}
_OPEN = '<x xmlns:ac="urn:ac" xmlns:ri="urn:ri">'
_PASSING = (
    "{urn:ac}macro-id",
    "{urn:ac}schema-version",
    "{urn:ac}local-id",
    "{urn:ri}version-at-save",
    "local-id",
)
_COMMENT = "{urn:ac}inline-comment-marker"


def escape(text: str) -> str:
    """A text in XML, without the characters that XML forbids."""
    return as_xml(re.sub("[\ufffe\uffff\ud800-\udfff]", "", clean(text)))


def _anchor(name: str) -> str:
    return (
        '<p><ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">'
        f"{name}</ac:parameter></ac:structured-macro></p>"
    )


def _found(name: str) -> str:
    return (
        r'<p\b[^>]*>\s*<ac:structured-macro\b[^>]*\bac:name="anchor"[^>]*>\s*<ac:parameter ac:name="">'
        rf"{name}</ac:parameter>\s*</ac:structured-macro>\s*</p>"
    )


def _run(run: Run, place: Place) -> str:
    made = escape(run.text)
    if tag := _TAGS.get(run.style):
        made = f"<{tag}>{made}</{tag}>"
    if run.page and (title := place(run.page)):
        return f'<ac:link><ri:page ri:content-title="{escape(title)}" /><ac:link-body>{made}</ac:link-body></ac:link>'
    return f'<a href="{escape(run.url)}">{made}</a>' if run.url else made


def _line(runs: Sequence[Run], place: Place) -> str:
    return "".join(_run(run, place) for run in runs).strip()


def _table(table: Table, place: Place) -> str:
    def row(cells: Sequence[Sequence[Run]], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{_line(c, place)}</{tag}>" for c in cells) + "</tr>"

    head, *body = table.rows
    return f"<table><tbody>{row(head, 'th')}{''.join(row(cells, 'td') for cells in body)}</tbody></table>"


def render(blocks: Sequence[Node], place: Place) -> str:
    """The document, well-formed."""
    made: list[str] = []
    items: list[Block] = []
    for block in (*blocks, None):
        if isinstance(block, Block) and block.kind == "item":
            items.append(block)
            continue
        if items:
            made.append(lists(items, lambda line: _line(line, place)).replace("\n", ""))
            items = []
        if isinstance(block, Table):
            made.append(_table(block, place))
        elif block is not None:
            tag = _KINDS.get(block.kind, "p")
            inner = _line(block.line, place)
            made.append(f"<{tag}>{f'<p>{inner}</p>' if tag == 'blockquote' else inner}</{tag}>")
    text = "\n".join(made)
    etree.fromstring(_OPEN + text + "</x>", _parser())
    return text


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def _tree(text: str) -> etree._Element | None:
    named = re.sub(r"&(?!(?:amp|lt|gt|quot|apos);)\w+;", lambda m: unescape(m[0]), text)
    try:
        return etree.fromstring(_OPEN + named + "</x>", _parser())
    except etree.XMLSyntaxError:
        return None


def label(text: str) -> str:
    """A label: small letters, no blanks or marks."""
    return re.sub(r"[^\w-]+", "-", text.casefold()).strip("-")[:200]


def has_comments(inside: str) -> bool:
    """Whether people's inline comments hang on it: writing it anew would cut them off."""
    tree = _tree(inside)
    return tree is not None and next(tree.iter(_COMMENT), None) is not None


def normal(inside: str) -> str:
    """A part in the form in which equal means equal, comments aside."""
    tree = _tree(inside)
    if tree is None:
        return trimmed(inside)
    for element in tree.iter():
        for name in _PASSING:
            element.attrib.pop(name, None)
        element.text, element.tail = _blank(element.text), _blank(element.tail)
    etree.strip_tags(tree, _COMMENT)
    return str(etree.tostring(tree, method="c14n").decode())


def plain(text: str) -> str:
    """The words, a block a line."""
    lines = re.sub(r"(</(?:p|h\d|li|tr|blockquote)>)\s*", r"\1\n", text)
    cells = re.sub(r"</t[dh]>", " | ", lines)
    return unescape(re.sub(r"<[^>]*>", "", cells))


def _blank(text: str | None) -> str | None:
    return text if text is None or text.strip() else None


MARKS = Marks(
    _anchor("failwatch-begin-{key}-{claim}") + "\n",
    "\n" + _anchor("failwatch-end"),
    re.compile(
        _found(r"failwatch-begin-(?P<key>[a-z0-9-]+)-(?P<claim>[0-9a-f]{32})")
        + r"\s*(?P<inside>.*?)\s*" + _found("failwatch-end"),
        re.DOTALL,
    ),
    normal=normal,
    plain=plain,
)  # fmt: skip
