"""Figures as SVG: the same drawing in a page, by its style sheet, and as a file, by its own colours. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from monitor.incidents.insights import Figure, Row
from monitor.web.chart import ceiling

WIDTH = 640
_LEFT, _LINE, _TOP = 190, 26, 8
_COLUMNS_HEIGHT, _BOTTOM, _SCALE = 220, 24, 40
_COLOURS = {
    "ink": "#191c22", "quiet": "#5b6372", "line": "#dde1e8", "bar": "#1d4fd7", "few": "#a9bce8",
    "s1": "#8fa9c4", "s2": "#c9a227", "s3": "#d9692b", "s4": "#a3123f", "cell": "#1d4fd7",
}  # fmt: skip
_LABEL = 26
"""Characters of a label that fit beside its bar."""


def draw(figure: Figure, *, is_file: bool = False) -> Markup:
    """The drawing; as a file it has a background, its title and its note."""
    body, height = _DRAWN[figure.kind](figure)
    head = Markup()
    name = f"figure-{figure.key}"
    top = -30 if is_file else 0
    if is_file:
        note = figure.note + (" Pale: fewer than five incidents." if figure.has_small else "")
        head = Markup(
            '<rect x="0" y="-30" width="{}" height="{}" fill="#ffffff"/><text x="8" y="-11" font-weight="bold" fill="{}">{}</text>'
        ).format(WIDTH, height + 60, _COLOURS["ink"], figure.title)
        body += Markup('<text x="8" y="{}" font-size="10" fill="{}">{}</text>').format(
            height + 16, _COLOURS["quiet"], cut(note, 120)
        )
        height += 30
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {} {} {}" role="img" aria-labelledby="{}" font-family="system-ui, sans-serif" font-size="12">'
        '<title id="{}">{}. The figures stand in the table with it.</title>{}{}</svg>'
    ).format(top, WIDTH, height - top, name, name, figure.title, head, body)


def cut(text: str, most: int = _LABEL) -> str:
    """A text that fits, with an ellipsis if it was longer."""
    return text if len(text) <= most else text[: most - 1] + "…"


def said(value: float | None) -> str:
    """A number as people read it."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value == int(value) else f"{value:,g}"


def _shape(kind: str, tag: str, inside: str = "", **values: object) -> Markup:
    colour = "stroke" if tag == "line" else "fill"
    pairs = Markup(" ").join(
        Markup('{}="{}"').format(name.replace("_", "-"), value) for name, value in values.items()
    )
    return Markup('<{} class="c-{}" {}="{}" {}>{}</{}>').format(
        tag, kind, colour, _COLOURS[kind], pairs, inside, tag
    )


def _text(kind: str, words: str, x: float, y: float, *, anchor: str = "start") -> Markup:
    return _shape(kind, "text", words, x=round(x, 1), y=round(y, 1), text_anchor=anchor)


def _tip(row: Row, columns: Sequence[str]) -> Markup:
    parts = (f"{name} {said(value)}" for name, value in zip(columns, row.values, strict=True))
    few = " (few)" if row.is_small else ""
    return Markup("<title>{}: {}{}</title>").format(row.label, ", ".join(parts), few)


def _join(parts: Iterable[Markup]) -> Markup:
    return Markup().join(parts)


def _bars(figure: Figure) -> tuple[Markup, int]:
    most = max((row.values[0] or 0 for row in figure.rows), default=0) or 1
    room = WIDTH - _LEFT - 70
    parts = []
    for number, row in enumerate(figure.rows):
        y, value = _TOP + number * _LINE, row.values[0] or 0
        width = round(max(room * value / most, 1 if value else 0), 1)
        bar = _shape("few" if row.is_small else "bar", "rect", x=_LEFT, y=y + 4, width=width, height=_LINE - 8, rx=2)  # fmt: skip
        label = _text("ink", cut(row.label), _LEFT - 8, y + 17, anchor="end")
        few = " few" if row.is_small and row.basis else ""
        shown = _text("quiet", said(row.values[0]) + few, _LEFT + width + 6, y + 17)
        parts.append(Markup("<g>{}{}{}{}</g>").format(_tip(row, figure.columns), label, bar, shown))
    return _join(parts), _TOP + _LINE * max(1, len(figure.rows))


def _stacked(figure: Figure) -> tuple[Markup, int]:
    top = ceiling(int(max((row.values[-1] or 0 for row in figure.rows), default=0)))
    room = _COLUMNS_HEIGHT - _BOTTOM - 24
    base = _COLUMNS_HEIGHT - _BOTTOM
    step = (WIDTH - _SCALE) / max(1, len(figure.rows))
    marks = (0, top // 2, top) if top % 2 == 0 else (0, top)
    parts = []
    for mark in marks:
        y = round(base - room * mark / top, 1)
        parts.append(_shape("line", "line", x1=_SCALE, x2=WIDTH, y1=y, y2=y))
        parts.append(_text("quiet", f"{mark:,}", _SCALE - 6, y + 4, anchor="end"))
    every = -(-len(figure.rows) // 12) or 1
    for number, row in enumerate(figure.rows):
        x, y = _SCALE + number * step, float(base)
        stack = []
        for level, value in enumerate(row.values[:-1], 1):
            tall = room * (value or 0) / top
            y -= tall
            if tall:
                stack.append(_shape(f"s{level}", "rect", x=round(x + step * 0.1, 1), y=round(y, 1), width=round(step * 0.8, 1), height=round(tall, 1)))  # fmt: skip
        parts.append(Markup("<g>{}{}</g>").format(_tip(row, figure.columns), _join(stack)))
        if (len(figure.rows) - 1 - number) % every == 0:
            parts.append(
                _text("quiet", row.label, x + step / 2, _COLUMNS_HEIGHT - 6, anchor="middle")
            )
    for level, name in enumerate(figure.columns[:-1], 1):
        x = _SCALE + (level - 1) * 110
        parts.append(_shape(f"s{level}", "rect", x=x, y=2, width=10, height=10, rx=2))
        parts.append(_text("quiet", name, x + 15, 11))
    return _join(parts), _COLUMNS_HEIGHT


def _grid(figure: Figure) -> tuple[Markup, int]:
    most = max((value or 0 for row in figure.rows for value in row.values), default=0) or 1
    step = (WIDTH - _LEFT) / max(1, len(figure.columns))
    parts = [
        _text("quiet", name, _LEFT + (n + 0.5) * step, _TOP + 12, anchor="middle")
        for n, name in enumerate(figure.columns)
    ]
    for number, row in enumerate(figure.rows, 1):
        y = _TOP + number * _LINE
        parts.append(_text("ink", cut(row.label), _LEFT - 8, y + 17, anchor="end"))
        for n, value in enumerate(row.values):
            x = _LEFT + n * step
            share = round(0.6 * (value or 0) / most, 2)
            parts.append(_shape("cell", "rect", x=round(x + 1, 1), y=y + 1, width=round(step - 2, 1), height=_LINE - 2, fill_opacity=share, rx=2))  # fmt: skip
            few = " few" if 0 < (value or 0) < 5 else ""
            parts.append(_text("ink", said(value) + few, x + step / 2, y + 17, anchor="middle"))
    return _join(parts), _TOP + _LINE * (len(figure.rows) + 1)


def _shares(figure: Figure) -> tuple[Markup, int]:
    room, bottom = WIDTH - _LEFT - 110, _TOP + _LINE * len(figure.rows)

    def at(share: float | None) -> float:
        return round(_LEFT + room * (share or 0), 1)

    parts = []
    for mark in (0, 0.5, 1):
        parts.append(_shape("line", "line", x1=at(mark), x2=at(mark), y1=_TOP, y2=bottom))
        parts.append(_text("quiet", f"{mark:g}", at(mark), bottom + 16, anchor="middle"))
    for number, row in enumerate(figure.rows):
        y, (value, low, high, hits, total) = _TOP + number * _LINE + 13, row.values
        kind = "few" if row.is_small else "bar"
        few = " few" if row.is_small else ""
        shapes = (
            _text("ink", cut(row.label), _LEFT - 8, y + 4, anchor="end"),
            _shape("few", "line", x1=at(low), x2=at(high), y1=y, y2=y, stroke_width=6, stroke_linecap="round"),
            _shape(kind, "circle", cx=at(value), cy=y, r=5),
            _text("quiet", f"{value:.2f} ({said(hits)} of {said(total)}){few}", at(1) + 10, y + 4),
        )  # fmt: skip
        parts.append(Markup("<g>{}{}</g>").format(_tip(row, figure.columns), _join(shapes)))
    return _join(parts), bottom + 22


_DRAWN = {"bars": _bars, "columns": _stacked, "grid": _grid, "shares": _shares}
