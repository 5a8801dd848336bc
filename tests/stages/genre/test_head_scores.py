import json

import numpy as np
import pytest

from dance3d.stages.genre.head_scores import HeadScores, _interval


def scores(**change):
    """Three classes of five videos; three waltzes are named rumba, and one tango is refused."""
    genre = np.repeat(np.arange(3), 5)
    named = genre.copy()
    named[10:13] = 1
    known = np.full(15, 0.9)
    known[2] = 0.2
    given = {"classes": ("tango", "rumba", "waltz"), "names": tuple(f"v{i}" for i in range(15)), "genre": genre}
    given |= {"prob": 0.1 + 0.7 * np.eye(3)[named], "known": known, "nearest": genre * 0}
    return HeadScores(**{**given, "accepted": np.array([1] * 4 + [0] * 11), **change})


def test_what_cannot_be_told_apart_is_named():
    found = scores()
    assert found.mixed_up == [("waltz", "rumba", 3, 5)] and found.recall == pytest.approx((1 + 1 + 0.4) / 3)
    assert "cannot tell waltz from rumba: 3 of 5 are named so" in found.lines
    assert "named rightly: 12 of 15 (as few videos as these allow 8 to 14)" in found.lines[1]
    assert "one name for all would be right 5 times, the name of the nearest video 5 times" in found.lines[1]
    assert found.lines[-1] == "none of these: said of 1 of these 15; of a class that was left out, of 11 of 15"


def test_two_classes_have_no_stranger():
    assert scores(accepted=None).lines[-1] == "none of these: said of 1 of these 15"


def test_as_json():
    plain = json.loads(json.dumps(scores().plain))
    assert plain["score"] == 0.8 and plain["chance"] == 0.3333 and plain["confusion"][2] == [0, 3, 2]
    assert plain["videos"][10] == {"video": "v10", "true": "waltz", "named": "rumba", "prob": 0.8, "known": 0.9}


def test_the_interval_is_wilsons():
    assert _interval(12, 15) == pytest.approx((0.548, 0.930), abs=1e-3) and _interval(0, 5)[0] == 0
