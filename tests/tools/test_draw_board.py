"""The board of a run, drawn from its folder."""

import cv2
import draw_board
import numpy as np
import pytest
from offline_run import Contents


def test_figures_and_the_last_picture_of_each_name_have_a_panel(tmp_path, monkeypatch):
    found = Contents(figures={"val/mpjpe_mm": [80.0, 79.0], "other": [1.0]})
    monkeypatch.setattr(draw_board, "contents", lambda *files: found)
    shown = tmp_path / "run/files/media/images/val"
    shown.mkdir(parents=True)
    for step, grey in enumerate((100, 200)):
        cv2.imwrite(str(shown / f"pose_{step}_0123abcd.png"), np.full((27, 48, 3), grey, np.uint8))
    assert len(list(draw_board.figures(tmp_path / "run"))) == 1
    assert [int(one[0, 0, 0]) for one in draw_board.pictures(tmp_path / "run")] == [200]
    assert draw_board.main([str(tmp_path / "run"), str(tmp_path / "docs/board.png")]) == 0
    drawn, gap, wide = cv2.imread(str(tmp_path / "docs/board.png")), draw_board.GAP, draw_board.WIDE
    assert drawn.shape == (draw_board.HIGH + 2 * gap, 3 * (wide + gap) + gap, 3)
    assert (drawn[gap:-gap, wide + 2 * gap : 2 * (wide + gap)] == 200).all()


def test_a_run_without_anything_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="holds no figure and no picture"):
        draw_board.board(tmp_path)
