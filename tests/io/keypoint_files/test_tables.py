import re

import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import FPS, SIZE, check

from dance3d.contracts.detections import Detections
from dance3d.io.keypoint_files import read


def test_named_individuals_keep_their_names(tmp_path):
    anna, ben = read(write.deeplabcut(tmp_path / "k.csv", persons=["anna", "ben"]), size=SIZE, fps=FPS)
    assert (anna.name, anna.person, ben.name, ben.person) == ("anna", 1, "ben", 2)
    check(anna.xy)
    check(ben.xy - (50, 0))
    ida, jon = read(write.sleap(tmp_path / "s.csv", tracks=("ida", "jon")), size=SIZE, fps=FPS)
    assert (ida.name, jon.name) == ("ida", "jon")
    check(jon.xy - (50, 0))


@pytest.mark.parametrize("writer", [write.deeplabcut, write.sleap])
@pytest.mark.parametrize("letters", ["utf-8-sig", "cp1252", "utf-16"])
def test_tables_that_excel_saved_again(tmp_path, writer, letters):
    """Semicolons, decimal commas, and the letters that Excel chooses."""
    path = writer(tmp_path / "k.csv")
    clean = read(path, size=SIZE, fps=FPS)
    text = path.read_text().replace(",", ";").replace(".jpg", "_jpg")
    cells = [[re.sub(r"^(-?\d+)\.(\d+)$", r"\1,\2", cell) for cell in row.split(";")] for row in text.splitlines()]
    assert any("," in cell for cell in cells[-1])
    path.write_bytes("\r\n".join(";".join(row) for row in cells).encode(letters))
    again = read(path, size=SIZE, fps=FPS)
    for sure, found in zip(*([f] if isinstance(f, Detections) else f for f in (clean, again)), strict=True):
        np.testing.assert_array_equal(found.xy, sure.xy)


def test_a_cut_last_row_costs_that_row(tmp_path, caplog):
    path = write.deeplabcut(tmp_path / "k.csv", frames=30)
    path.write_text(path.read_text()[:-20])
    assert read(path, size=SIZE, fps=FPS)[0].frames == 29
    assert "columns, its head has" in caplog.text and "1 beside 29 bodies" in caplog.text
