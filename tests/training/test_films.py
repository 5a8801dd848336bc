"""Rendered films go through the detector of keypoints once, and the dancer seen the longest is the one that trains."""

import json
from types import SimpleNamespace

import numpy as np
from tiny_learner import learner

from dance3d.contracts import Keypoints2D
from dance3d.synth import rendered_films
from dance3d.training.films import FilmSettings, detected_films


def _track(frames):
    seen = np.zeros((10, 17), bool)
    seen[:frames] = True
    return Keypoints2D(np.zeros((10, 17, 2)), np.ones((10, 17)), seen, np.arange(10) / 30, (64, 48))


def test_detected_films_are_kept_and_hold_the_dancer_seen_the_longest(tmp_path, monkeypatch):
    monkeypatch.setattr(rendered_films, "_SIZES", ((64, 48),))
    source, films = learner(tmp_path).source, FilmSettings(clips=2, seconds=1.0)
    answers = iter([[_track(3), _track(8)], []])
    read = []

    def ensure(stage, inputs):
        read.append((stage, inputs["video"].load().name))
        some = next(answers)
        return SimpleNamespace(key=str(len(read)), load=lambda: some)

    made = detected_films(source.made, SimpleNamespace(ensure=ensure), "synth", {"source": source.takes()}, films, 2)
    assert read == [("keypoints", "0000.mp4"), ("keypoints", "0001.mp4")]
    longest, nobody = made.keypoints()
    assert longest.measured.any(1).sum() == 8 and nobody is None
    assert len(json.loads((made.folder / "index.json").read_text())) == 2 and len(made.inputs) == 3
    answers = iter([[], []])
    again = detected_films(source.made, SimpleNamespace(ensure=ensure), "synth", {"source": source.takes()}, films, 2)
    assert again.rendered.cached, "nothing is rendered twice"
