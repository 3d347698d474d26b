"""The neutral document as HTML: a page by itself, that prints well and needs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from urllib.parse import quote

from monitor.wikis.document import Block, Line, Node, Page, Run, Table

Place = Callable[[str], str]
"""Key of a page -> what its links lead to; empty if there is none."""

_TAGS = {"code": "code", "strong": "strong", "emphasis": "em"}
_KINDS = {"heading": "h2", "subheading": "h3", "quote": "blockquote", "paragraph": "p"}

STYLE = """\
:root { color-scheme: light dark; }
body { font: 1.05rem/1.6 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.25; } h2 { margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } td, th { border-bottom: 1px solid #8886; padding: .3rem .6rem .3rem 0; text-align: left; vertical-align: top; } td:first-child { min-width: 6.5em; }
blockquote { border-left: .2rem solid #8888; margin-left: 0; padding-left: 1rem; }
code { overflow-wrap: anywhere; }
@page { margin: 20mm 18mm; }
@media print {
  body { font: 10.5pt/1.45 serif; max-width: none; margin: 0; padding: 0; }
  h1, h2, h3 { break-after: avoid; font-family: sans-serif; } tr, blockquote, li { break-inside: avoid; }
  section + section { break-before: page; } thead { display: table-header-group; }
  a { color: inherit; text-decoration: none; } a[href^="http"]::after { content: " (" attr(href) ")"; font-size: 80%; overflow-wrap: anywhere; }
}
"""


def _run(run: Run, place: Place) -> str:
    made = escape(run.text)
    if tag := _TAGS.get(run.style):
        made = f"<{tag}>{made}</{tag}>"
    target = place(run.page) if run.page else escape(run.url)
    return f'<a href="{target}">{made}</a>' if target else made


def _line(runs: Sequence[Run], place: Place) -> str:
    return "".join(_run(run, place) for run in runs).strip()


def _table(table: Table, place: Place) -> str:
    def row(cells: Sequence[Sequence[Run]], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{_line(c, place)}</{tag}>" for c in cells) + "</tr>"

    head, *body = table.rows
    rows = "\n".join(row(cells, "td") for cells in body)
    return f"<table><thead>{row(head, 'th')}</thead><tbody>\n{rows}\n</tbody></table>"


def lists(blocks: Sequence[Block], line: Callable[[Line], str]) -> str:
    """Items one after the other, as lists within lists."""
    made = ""
    open_tags: list[str] = []
    for block in blocks:
        tag = "ol" if block.is_numbered else "ul"
        depth = min(block.depth, len(open_tags) + 1)
        while len(open_tags) > depth:
            made += f"</li></{open_tags.pop()}>"
        if len(open_tags) == depth:
            if open_tags[-1] == tag:
                made += "</li>\n"
            else:
                made += f"</li></{open_tags.pop()}>\n<{tag}>"
                open_tags.append(tag)
        else:
            made += f"<{tag}>"
            open_tags.append(tag)
        made += f"<li>{line(block.line)}"
    return made + "".join(f"</li></{tag}>" for tag in reversed(open_tags))


def render(blocks: Sequence[Node], place: Place) -> str:
    """The document as HTML, a block a line."""
    made, items = [], []
    for block in (*blocks, None):
        if isinstance(block, Block) and block.kind == "item":
            items.append(block)
            continue
        if items:
            made.append(lists(items, lambda line: _line(line, place)))
            items = []
        if isinstance(block, Table):
            made.append(_table(block, place))
        elif block is not None:
            tag = _KINDS.get(block.kind, "p")
            made.append(f"<{tag}>{_line(block.line, place)}</{tag}>")
    return "\n".join(made)


def render_page(page: Page, place: Place) -> str:
    """Title and document."""
    title = next((str(v) for k, v in page.facts if k == "title"), page.title)
    return f"<h1>{escape(title)}</h1>\n{render(page.blocks, place)}"


def file_link(name: str) -> str:
    """A link to a file beside this one."""
    return escape(quote(name))


def around(title: str) -> tuple[str, str]:
    """What stands above and below our part in a file: a whole document, with its style."""
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}</style></head><body>\n"
    )
    return head, "\n</body></html>\n"
