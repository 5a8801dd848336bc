import base64
import json
import time

import cv2
import numpy as np
import pytest

from dance3d.io.video.reader import VideoReader
from dance3d.skeleton import H36M17
from dance3d.studio.live import session as sessions
from dance3d.studio.live.session import LiveFigures, LiveSession, as_json, bones, in_words
from dance3d.studio.live.stream_source import StreamPicture, StreamSource


class EveryPicture:
    """A source whose pictures all wait until they are taken, so that a busy machine changes nothing."""

    def __init__(self, path):
        with VideoReader(path) as reader:
            self.pictures = [(frame.index, frame.picture) for frame in reader]
            self.rate, self.time = reader.info.fps, reader.clip().time
        self.read = self.dropped = 0
        self.start = lambda: None

    def newest(self):
        if self.read == len(self.pictures):
            return None
        index, picture = self.pictures[self.read]
        self.read += 1
        return StreamPicture(picture, float(self.time[index]), time.monotonic())


@pytest.fixture(scope="module")
def states(scene):
    """All states of a session on a rendered dancer; after a second it waits for a body."""
    found = []
    session = LiveSession(EveryPicture(scene), "fast", late=0.3)

    def told(state):
        found.append(state)
        until = time.monotonic() + 60
        while state.number == 30 and session._read is None and time.monotonic() < until:
            time.sleep(0.05)
        return True

    session.run(told)
    assert session.ended
    return found


def test_every_picture_that_is_answered_has_its_joints(states):
    assert [state.number for state in states] == list(range(1, len(states) + 1))
    last = states[-1]
    assert last.figures.read == last.number + last.figures.dropped
    joints = last.bodies[last.followed]
    assert joints.shape == (17, 2) and 0 <= np.nanmin(joints) and np.nanmax(joints) <= 1
    ankle, head = (joints[H36M17.index(name), 1] for name in ("left_ankle", "head"))
    assert ankle > head + 0.2, "upright in the picture"
    assert 0 < last.figures.joints <= last.figures.joints_worst


def test_the_body_follows_and_says_how_late_it_is(states):
    with_body = [state for state in states if state.body is not None]
    assert with_body, "two seconds are enough for a body"
    last = with_body[-1]
    assert last.body.time <= last.picture.time - 0.3 + 1e-6 and last.figures.body >= 0.3
    assert np.isfinite(last.body.world).all()


def test_what_the_page_gets_is_json_with_a_small_picture(states):
    last = next(state for state in reversed(states) if state.body is not None)
    told = json.loads(json.dumps(as_json(last), allow_nan=False))
    kind, _, text = told["picture"].partition(",")
    image = cv2.imdecode(np.frombuffer(base64.b64decode(text), np.uint8), cv2.IMREAD_COLOR)
    assert kind == "data:image/jpeg;base64" and list(image.shape[1::-1]) == told["size"] == [640, 480]
    assert len(told["body"]) == 17 and "late" in told["line"]
    assert 0 < time.time() - told["came"] == pytest.approx(time.monotonic() - last.picture.at, abs=0.1)


def test_it_ends_when_it_is_told_to(scene):
    with StreamSource(str(scene)) as source:
        session = LiveSession(source, "fast", late=0.3)
        session.run(lambda state: state.number < 3)
    assert session.ended and session.state.number == 3


def test_a_fault_in_reading_the_body_ends_it_and_is_told(scene, monkeypatch):
    def broken(stretch):
        raise ValueError("no such weights")

    monkeypatch.setattr(sessions, "read_stretch", broken)
    monkeypatch.setattr(sessions, "load_nets", lambda: None)
    with StreamSource(str(scene)) as source, pytest.raises(ValueError, match="no such weights"):
        LiveSession(source, "fast", late=0.3).run(lambda state: True)


def test_figures_in_words_and_bones_with_sides():
    figures = LiveFigures(24.6, 100, 3, 0.041, 0.088, float("nan"), float("nan"))
    assert in_words(figures) == "24.6 frames/s, 3 of 100 left out; joints 41 ms late (worst 88)"
    assert len(bones()) == 16 and {side for *_, side in bones()} == {"left", "right", "middle"}
