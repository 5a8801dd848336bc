"""Stretches of takes are spread over genres and groups; their videos show the dancer, frame by frame."""

import json

import numpy as np

from dance3d.contracts import Pose3D
from dance3d.io import artefacts
from dance3d.io.video.reader import VideoReader
from dance3d.synth import rendered_films
from dance3d.synth.takes import motion


def test_every_genre_and_group_comes_in_turn_in_the_middle_of_the_floor():
    takes = motion("synth", 2, 2.0)
    parts = rendered_films.stretches(takes, 10, 1.0, 0)
    assert len({part.genre for part in parts[:5]}) == 5 and len({part.group for part in parts}) == 10
    for part in parts:
        low, high = part.xyz.min((0, 1)), part.xyz.max((0, 1))
        assert len(part.xyz) == 30 and np.abs(low + high)[[0, 2]].max() < 0.8, "turned about the middle"
    again = rendered_films.stretches(takes, 10, 1.0, 0)
    assert all(np.array_equal(one.xyz, other.xyz) for one, other in zip(parts, again, strict=True))


def test_videos_are_aligned_with_the_truth_and_nothing_held_out_is_filmed(tmp_path, monkeypatch):
    monkeypatch.setattr(rendered_films, "_SIZES", ((96, 72),))
    rendered_films.write_videos(tmp_path, "synth", 2, 0.4, 2, 1.0, 0)
    lines = json.loads((tmp_path / "index.json").read_text())
    assert len(lines) == 2 and {line["split"] for line in lines} <= {"train", "val"}
    for number in range(2):
        truth = artefacts.load(tmp_path / "truth" / f"{number:04d}.npz", Pose3D)
        with VideoReader(tmp_path / "videos" / f"{number:04d}.mp4") as reader:
            pictures = list(reader)
        assert len(pictures) == truth.frames == 12
