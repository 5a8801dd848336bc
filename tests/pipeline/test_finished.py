"""A finished run, read again."""

import json

import numpy as np
import pytest

from dance3d.contracts import Movements
from dance3d.io import artefacts
from dance3d.movement_types import NAMES
from dance3d.pipeline.delivery import RESULT, SCHEMA
from dance3d.pipeline.finished import html_of, load

RESULTS = {
    "schema": SCHEMA,
    "video": {"path": "../a<b>.mp4", "fps": 29.97, "frames": 120},
    "dancers": [
        {"person": 2, "name": "<i>Ann</i>", "seen": 0.5, "genre": "salsa", "rhythm": {"tempo": 92.4}},
        {"person": 3, "name": "", "seen": 1.0, "genre": "none of these", "rhythm": None},
    ],
    "warnings": ["frames are missing from 1.00 s to 2.00 s"],
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / RESULT).write_text(json.dumps(RESULTS))
    for number in (1, 2, 3):  # the first is of nobody in this run
        (tmp_path / f"person-{number}").mkdir()
        made = Movements(np.full((6, len(NAMES)), number / 10), np.arange(6) / 30, person=number)
        artefacts.save(made, tmp_path / f"person-{number}" / "movements.npz")
    return tmp_path


def test_dancers_come_with_what_was_told_of_them_and_their_artefacts(folder):
    run = load(str(folder))
    assert list(run.dancers) == [2, 3] and [dancer.person for dancer in run] == [2, 3]
    assert run.dancers[2].told["genre"] == "salsa" and run.out == folder
    assert run.dancers[3].movements.prob[0, 0] == pytest.approx(0.3)
    with pytest.raises(ValueError, match=r"pose3d\.npz"):
        assert run.dancers[2].pose


def test_a_notebook_shows_names_as_text_and_all_warnings(folder):
    page = load(folder)._repr_html_()
    assert "<i>" not in page and "&lt;i&gt;Ann" in page and "a&lt;b&gt;.mp4" in page
    assert "92 per minute" in page and "dancer 3" in page and "frames are missing" in page
    assert "nobody was found" in html_of(RESULTS | {"dancers": []})


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no such folder"):
        load(tmp_path / "away")
    with pytest.raises(ValueError, match="holds no finished run"):
        load(tmp_path)
