import math

import pytest

from dance3d.io.csv_text import number, numbered_rows, rows_of, text_of

ROWS = [["clip", "start"], ["Jörg", "1.5"]]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("letters", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tables_of_excel_are_read_as_others(mark, letters, end):
    text = end.join(mark.join(row) for row in ROWS) + end + end
    assert list(rows_of(text_of(text.encode(letters)))) == ROWS


def test_quotes_and_the_line_that_names_the_separator():
    assert list(rows_of('a;b\n"1;2";"x\ny"\n')) == [["a", "b"], ["1;2", "x\ny"]]
    assert list(rows_of("sep=;\r\na;b,c\r\n")) == [["a", "b,c"]]
    assert list(numbered_rows("a,b\n\n,\n1,2")) == [(1, ["a", "b"]), (4, ["1", "2"])]


def test_decimal_commas():
    assert [number(cell) for cell in ("1,5", "-0,25", " 2.5", "1e3", "1,5e-3")] == [1.5, -0.25, 2.5, 1000.0, 0.0015]
    assert math.isnan(number("")) and math.isnan(number("nan"))
    for cell in ("1,000,000", "x", "1;2", "1.000,5"):
        with pytest.raises(ValueError, match="is no number"):
            number(cell)
