"""Rendered films are read once, kept, and scored against the motion that they show."""

import numpy as np
import pytest

from dance3d.benchmarks.motion import rendered_films
from dance3d.benchmarks.motion.rendered_films import bench_jumps, read_films, true_pose
from dance3d.contracts import Keypoints2D
from dance3d.stages.motion.rules.computed_labels import movements
from dance3d.synth.jumps import jumping


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("DANCE3D_CACHE", str(tmp_path))


def track(frames):
    seen = np.ones((frames, 17), bool)
    return Keypoints2D(
        np.ones((frames, 17, 2), np.float32), seen.astype(np.float32), seen, np.arange(frames) / 30, (64, 64)
    )


def test_a_film_is_read_once_and_one_without_a_dancer_is_left_out():
    asked = []

    def predict(stage, inputs, settings):
        asked.append((stage, inputs["video"].stat().st_size > 1000, settings["people"]))
        return [track(6)] if len(asked) == 1 else []

    clips = [jumping(1.0, seed)[0] for seed in (0, 1)]
    first, again = (read_films(clips, predict, 0.2) for _ in range(2))
    assert asked == [("keypoints", True, 1)] * 2
    assert [one.name for one in first] == [one.name for one in again] == ["synth-jumps-0"]
    assert first[0].truth.frames == again[0].keypoints.frames == 6


def test_jumps_are_scored_by_name_and_by_either_name(monkeypatch):
    clips = {seed: jumping(10.0, seed)[0] for seed in (0, 1)}
    monkeypatch.setattr(rendered_films, "JUMPERS", tuple(clips))
    poses = [true_pose(clip) for clip in clips.values()]
    films = [rendered_films.ReadFilm("a", "a", track(300), pose) for pose in poses]
    monkeypatch.setattr(rendered_films, "read_films", lambda takes, predict, seconds: films)

    def predict(stage, inputs):
        return poses if stage == "lift" else [movements(one) for one in inputs["lift"]]

    figures = bench_jumps(predict)
    assert figures["jumps.both.f1"] == figures["jumps.rules.both.f1"] > 0.9
    assert figures["jumps.jump.true"] >= figures["jumps.hop.true"] > 0
