import json

import numpy as np
import pytest

from dance3d.stages.motion.head_scores import OwnScores, TakeAnswer


def answer(clip, found, true, frames=120):
    flags = np.zeros((2, frames), bool)
    for row, spans in enumerate((found, true)):
        for start, stop in spans:
            flags[row, start:stop] = True
    return TakeAnswer("body.clap", clip, flags[0], flags[1].astype(np.int8))


SCORES = OwnScores(
    (
        answer("a", [(0, 30), (50, 80)], [(2, 30), (50, 78)]),
        answer("b", [(10, 20)], []),
        answer("c", [], [(30, 60)]),
    )
)


def test_events_match_one_to_one():
    found = SCORES.figures("body.clap")
    assert found["event.precision"] == pytest.approx(2 / 3) and found["event.recall"] == pytest.approx(2 / 3)
    assert found["frame.precision"] == pytest.approx(56 / 70) and found["frame.recall"] == pytest.approx(56 / 86)
    assert found["frame.f1"] == pytest.approx(2 * 56 / (70 + 86))
    assert found["chance.recall"] == pytest.approx(36 / 86)  # in a, 0 to 20 and 60 to 90 are found half a clip later


def test_mistakes_are_named_with_clip_and_time():
    assert SCORES.wrong == ["body.clap not there in b, 0.3 to 0.7 s", "body.clap missed in c, 1.0 to 2.0 s"]
    assert SCORES.lines[0].startswith(
        "body.clap, in 3 clips, each read by a layer that never saw it: of the found ones 67%"
    )
    assert SCORES.lines[1:] == SCORES.wrong


def test_frames_of_which_nobody_says_count_for_nothing():
    one = answer("a", [(0, 60)], [(0, 60)])
    one.true[60:] = -1
    sure = OwnScores((TakeAnswer(one.movement, "a", np.ones(120, bool), one.true),)).figures("body.clap")
    assert sure["frame.precision"] == 1.0


def test_as_json():
    plain = json.loads(json.dumps(SCORES.plain))
    assert plain["score"] == pytest.approx(2 / 3, abs=1e-3) and plain["wrong"] == SCORES.wrong
