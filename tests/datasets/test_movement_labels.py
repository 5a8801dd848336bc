"""Labels of movements as CSV: read with clear errors, painted on frames, written and read back."""

import numpy as np
import pytest

from dance3d.contracts import Movements
from dance3d.datasets.movement_labels import Label, by_clip, corrected, frame_labels, from_movements, read, write
from dance3d.movement_types import NAMES

TIME = np.arange(90) / 30
JUMP, TURN = "body.jump", "body.turn_left"


def written(folder, text):
    path = folder / "labels.csv"
    path.write_text(text)
    return path


def test_rows_are_read_whatever_their_order_and_spaces(tmp_path):
    text = "\ufeffmovement, Clip, stop, start, note\nbody.jump, a, 2.0, 1, high\nbody.clap,b,0.5,0.25,\nbody.hop,a,,,\n"
    rows = read(written(tmp_path, text), own=["body.clap"])
    hop = Label("a", None, None, "body.hop")
    assert rows == (Label("a", 1, 2, JUMP), Label("b", 0.25, 0.5, "body.clap"), hop)
    assert by_clip(rows) == {"a": [rows[0], hop], "b": [rows[1]]}


WRONG = {
    "": "has no column clip",
    "clip,start,stop\na,1,2": "has no column movement; its first line must have clip,start,stop,movement",
    "clip,start,stop,movement\n": "has no labels",
    "clip,start,stop,movement\n,1,2,body.jump": "line 2: no clip",
    "clip,start,stop,movement\na,1,2,body.jmp": "line 2: movement 'body.jmp' is not known; did you mean body.jump",
    "clip,start,stop,movement\na,1,2,xyzzy": "movements list",
    "clip,start,stop,movement\na,1,2": "movement '' is not known",
    "clip,start,stop,movement\na,1,2,body.jump\na,2,1,body.jump": "line 3: stop 1 is not after start 2",
    "clip,start,stop,movement\na,1,1,body.jump": "stop 1 is not after start 1",
    "clip,start,stop,movement\na,one,2,body.jump": "start is 'one', expected seconds",
    "clip,start,stop,movement\na,1,,body.jump": "stop is '', expected seconds",
    "clip,start,stop,movement\na,nan,2,body.jump": "start is 'nan', expected seconds",
    "clip,start,stop,movement\na,1,inf,body.jump": "stop is 'inf', expected seconds",
    "clip,start,stop,movement\na,-1,2,body.jump": "start is '-1', expected seconds",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_used_is_named(tmp_path, text):
    with pytest.raises(ValueError, match=WRONG[text]) as caught:
        read(written(tmp_path, text))
    assert "labels.csv" in str(caught.value)


def test_what_is_no_text_is_refused(tmp_path):
    (tmp_path / "labels.csv").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "labels.csv", tmp_path / "none.csv"):
        with pytest.raises(ValueError, match="cannot be read"):
            read(path)


def test_seconds_become_frames():
    rows = [Label("a", 1.0, 2.0, JUMP), Label("a", 0.5, 0.51, TURN), Label("a", None, None, TURN)]
    on = frame_labels(rows, (JUMP, TURN), TIME)
    assert np.flatnonzero(on[:, 0]).tolist() == list(range(30, 60))
    assert np.flatnonzero(on[:, 1]).tolist() == [15]  # shorter than a frame, and still there
    assert frame_labels(rows, (TURN,), TIME).shape == (90, 1)
    assert frame_labels(rows[1:2], (TURN,), TIME[15:16]).tolist() == [[1]]
    with pytest.raises(ValueError, match=r"a: body.jump starts at 9 s, the clip ends at 2.97 s"):
        frame_labels([Label("a", 9, 10, JUMP)], (JUMP,), TIME)


def test_labels_replace_the_types_that_they_mention_and_no_others():
    computed = np.ones((90, 4))
    computed[:, 3] = np.nan  # of a type that only labels know
    computed[:10] = np.nan
    names = (JUMP, TURN, "body.hop", "body.pose")
    told = [Label("a", 0.0, 1.0, JUMP), Label("a", None, None, TURN), Label("a", 1.0, 2.0, "body.pose")]
    out = corrected(computed, told, names, TIME)
    assert np.isnan(out[:10]).all() and np.isfinite(out[10:]).all()
    assert out[10:, 0].tolist() == [1.0] * 20 + [0.0] * 60
    assert not out[10:, 1].any() and out[10:, 2].all()
    assert np.flatnonzero(out[10:, 3]).tolist() == list(range(20, 50))
    assert np.isnan(corrected(computed, told[:1], names, TIME)[:, 3]).all()


def test_what_is_written_is_read_and_painted_the_same(tmp_path):
    rng = np.random.default_rng(0)
    on = np.repeat(rng.random((15, len(NAMES) + 1)) < 0.2, 6, 0)  # runs and breaks of at least a fifth of a second
    time = TIME + 5 / 3
    kept = Movements(on[:, :-1].astype(float), time, own=on[:, -1:].astype(float), own_names=("body.clap",))
    labels = from_movements("clip one", kept)
    assert labels == sorted(labels, key=lambda one: (one.start, one.movement))
    path = tmp_path / "labels.csv"
    write([*labels, Label("b", None, None, JUMP)], path)
    again = by_clip(read(path, kept.own_names))
    assert list(again) == ["clip one", "b"] and again["b"] == [Label("b", None, None, JUMP)]
    assert (frame_labels(again["clip one"], kept.names, time) == on).all()


def test_missing_frames_and_flicker_say_nothing():
    prob = np.zeros((90, len(NAMES)))
    prob[:30, NAMES.index(JUMP)] = 1
    prob[10:12] = np.nan  # bridged
    prob[50, NAMES.index(TURN)] = 1  # too short
    assert from_movements("a", Movements(prob, TIME)) == [Label("a", 0.0, 1.0, JUMP)]


def test_a_table_that_excel_saved_again_is_read(tmp_path):
    path = tmp_path / "l.csv"
    path.write_bytes("clip;start;stop;movement\r\nCésar;1,5;2,25;l_arm.raise_side\r\n;;;\r\n".encode("cp1252"))
    assert read(path) == (Label("César", 1.5, 2.25, "l_arm.raise_side"),)
