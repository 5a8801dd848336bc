"""Figures on pages follow the manifest, and nothing else of a page changes."""

import pytest

VALUES = {"lift": {"mm": 50.84, "gain": 0.0312}, "words": 38}


def test_a_row_takes_new_figures_and_keeps_what_no_file_holds(script):
    row = "| **net**, 5 px | {lift[mm]:.1f} | ? | {words} |"
    made = script.renewed_row(row, "| **net**, 5 px | 52.3 | 7.25 | 37 |", VALUES)
    assert made == "| **net**, 5 px | 50.8 | 7.25 | 38 |"
    with pytest.raises(ValueError, match="does not fit"):
        script.renewed_row(row, "| other | 1 |", VALUES)


def test_a_sentence_is_found_wherever_its_lines_break(script):
    page = "From 0.06 to 0.25 s. They win by\n-0.004 and are 52.3\nmm off."
    made = script.renewed_sentence("win by {lift[gain]:+.3f} and are {lift[mm]:.1f} mm", page, VALUES)
    assert made == "From 0.06 to 0.25 s. They win by\n+0.031 and are 50.8\nmm off."
    with pytest.raises(ValueError, match="no page says"):
        script.renewed_sentence("{lift[gain]:+.3f} to nothing", page, VALUES)
