"""A detector whose answers are told beforehand, and films for it: runs of the whole chain in seconds."""

import numpy as np
from blazepose_bodies import body

from dance3d.io.video.writer import VideoWriter
from dance3d.stages.keypoints.detectors import DETECTORS


class ToldDetector:
    """Answers with the bodies that are told for each picture, and remembers the pictures' shapes.

    Its state is the number of the picture that comes next: ``shapes`` has those of the pictures that this one saw.
    """

    layout = "blazepose33"
    answers = ()
    shapes = ()

    def __init__(self, model, people, *, fps):
        ToldDetector.shapes = []
        self._next = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def __call__(self, image):
        bodies = ToldDetector.answers[self._next]
        self._next += 1
        ToldDetector.shapes.append(image.shape)
        return [one * [*image.shape[1::-1], 1] for one in bodies]

    def state(self):
        return {"next": np.array(self._next)}

    def restore(self, state):
        if "next" not in state or state["next"].shape != ():
            raise ValueError("no number of the next picture")
        self._next = int(state["next"])


def tell(monkeypatch, answers):
    """Settings that make the told detector answer; ``answers`` has a list of bodies for every picture."""
    monkeypatch.setitem(DETECTORS, "told", f"{__name__}:ToldDetector")
    ToldDetector.answers = answers
    return {"keypoints": {"backend": "told"}}


def dancer(x, time, size=1.0):
    """(33, 3): somebody at a place along the picture, whose arms swing."""
    points = body()
    points[:, 0] = x + (points[:, 0] - 0.5) * size
    points[:, 1] = 0.5 + (points[:, 1] - 0.5) * size + 0.02 * np.sin(5 * time)
    return points


def film(path, times, size=(320, 200)):
    """A grey video with pictures at these times."""
    with VideoWriter(path, size, 30) as writer:
        for time in times:
            writer.write(np.full((size[1], size[0], 3), 60 + int(20 * time) % 100, np.uint8), float(time))
    return path
