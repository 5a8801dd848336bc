"""The drawings of words: one of each, of a body that moves as the word says, and current."""

import re

import numpy as np
import pytest

from dance3d.movement_types import VOCABULARY, WORDS
from dance3d.skeleton import H36M17


def test_every_word_has_a_drawing(script):
    assert list(script.DRAWINGS) == list(VOCABULARY["words"])
    assert len({script.file_of(word) for word in script.DRAWINGS}) == len(script.DRAWINGS)


def test_the_drawings_are_those_that_the_command_makes(script):
    folder = script.DOCS / "drawings"
    assert {path.name for path in folder.iterdir()} == {script.file_of(word) for word in script.DRAWINGS}
    for word, drawing in script.DRAWINGS.items():
        kept, made = ((re.split(r"-?\d+\.\d", t), re.findall(r"-?\d+\.\d", t)) for t in
                      ((folder / script.file_of(word)).read_text(), script.svg(drawing)))  # fmt: skip
        assert kept[0] == made[0], f"{word}: make it again with python tools/draw_words.py"
        np.testing.assert_allclose(np.array(kept[1], float), np.array(made[1], float), atol=0.21, err_msg=word)


def test_the_tables_are_those_of_the_vocabulary(script):
    text = (script.DOCS / "movements.md").read_text(encoding="utf-8")
    assert script.page(text) == text, "make it again with python tools/draw_words.py"
    for word in WORDS:
        assert f"`{word.name}`" in script.tables()


@pytest.mark.parametrize(
    ("word", "joint", "axis", "sign"),
    [
        ("raise_*_arm", "left_wrist", 1, 1),
        ("lower_*_arm", "left_wrist", 1, -1),
        ("kick_*_leg", "left_ankle", 2, 1),
        ("jump", "right_ankle", 1, 1),
        ("squat", "pelvis", 1, -1),
        ("rise", "pelvis", 1, 1),
        ("bow", "head", 2, 1),
        ("sway", "pelvis", 0, 1),
        ("travel", "pelvis", 2, 1),
    ],
)
def test_the_body_does_what_the_word_says(script, word, joint, axis, sign):
    found = script.poses(script.DRAWINGS[word])[:, H36M17.index(joint), axis]
    assert sign * (found[-1] - found[0]) > 0.08
