"""CSV that a spreadsheet opens without running anything."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.web import sheet


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1"]
)
def test_what_would_be_a_formula_is_text(text: str) -> None:
    assert str(sheet.cell(text)).startswith("'")


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    assert sheet.lines([(-1, 0.5, None, True, "plain")]) == "-1,0.5,,True,plain\r\n"


@given(
    st.lists(
        st.lists(
            st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00")),
            min_size=1,
            max_size=4,
        ),
        max_size=5,
    )
)
def test_every_cell_comes_back_as_it_was_but_for_the_quote(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(sheet.lines(rows), newline="")))
    assert read == [[str(sheet.cell(text)) for text in row] for row in rows]
    assert all(cell in (text, f"'{text}") for row, out in zip(rows, read, strict=True) for text, cell in zip(row, out, strict=True))  # fmt: skip
