import numpy as np
import pytest
from lift_clips import clips

from dance3d.benchmarks.lift import what_follows
from dance3d.contracts import Pose3D


def test_every_number_of_seconds_is_judged_at_the_same_moments(monkeypatch):
    asked = []

    def true_but_for_the_last(stage, inputs, settings):
        (track,) = inputs["keypoints"]
        asked.append((stage, len(track.time), float(track.time[-1])))
        off = np.zeros((len(track.time), 17, 3), np.float32)
        off[-1] = 1.0
        whole = poses[int(track.person)]
        start = int(np.searchsorted(whole.time, track.time[0] - 1e-9))
        return [Pose3D(whole.xyz[start : start + len(off)] + off, track.measured.any(1), off[:, 0, 0], track.time)]

    filmed = what_follows.film(clips((260, 40)), 0.0)
    poses = {1: filmed[0].truth}
    monkeypatch.setattr(what_follows, "predict", true_but_for_the_last)
    found = what_follows.bench_following(clips((260, 40)))
    assert found["following.moments"] == len(asked) / len(what_follows.FOLLOWING) == 2, "the short take has none"
    assert found["following.0.mpjpe"] == pytest.approx(1000 * np.sqrt(3), abs=0.1)
    assert found["following.0.1.mpjpe"] == found["following.1.5.mpjpe"] == 0
    assert len({length for _, length, _ in asked}) == 1, "stretches are equally long"
