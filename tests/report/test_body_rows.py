from dataclasses import replace

import numpy as np
from fake_dancers import fake_clip, fake_dancer

from dance3d.movement_types import NAMES, WORDS
from dance3d.report.body_rows import ROWS, most_of, row_of, short_title


def test_every_word_has_a_row():
    rows = {word.name: row_of(word) for word in WORDS}
    assert set(rows.values()) == set(ROWS)
    assert [rows[name] for name in ("step_left_foot", "clap", "squat", "sway")] == [
        "left leg",
        "hands",
        "whole body",
        "hips",
    ]


def test_a_title_beside_its_row_does_not_repeat_the_limb():
    titles = {word.name: short_title(word) for word in WORDS}
    assert titles["raise_left_arm"] == "raise" and titles["spin"] == "spin" and all(titles.values())


def test_what_a_row_did_is_counted_and_the_longest_comes_first():
    moves = fake_dancer(fake_clip(4).time).movements
    prob = np.zeros_like(moves.prob)
    for start, stop in ((0, 20), (40, 50)):
        prob[start:stop, NAMES.index("l_arm.raise_side")] = 0.95
    prob[60:95, NAMES.index("l_arm.circle")] = 0.95
    prob[10:90, NAMES.index("r_arm.raise_side")] = 0.2
    found = most_of(replace(moves, prob=prob))
    assert list(found) == ["left arm"]
    circle, raised = found["left arm"]
    assert (raised.title, raised.times) == ("raise", 2) and circle.times == 1
    assert abs(raised.seconds - 1.2) < 1e-6 and raised.first == 0.0 and circle.seconds > raised.seconds
