import numpy as np
import pytest

from dance3d.benchmarks.lift.scores import bench, score
from dance3d.contracts import MotionClip, Pose3D
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, film


def clips():
    rng = np.random.default_rng(0)
    body = rng.uniform([-0.3, 0, -0.3], [0.3, 1.7, 0.3], (17, 3))
    return [
        MotionClip(body + np.cumsum(rng.normal(0, 0.01, (n, 17, 3)), axis=0), 30.0, f"{genre}_{n}", genre, genre)
        for n, genre in ((40, "salsa"), (90, "modern"))
    ]


def rough(noise):
    """A lifter that knows the truth and adds noise to it."""
    truth = [one.truth for one in film(clips())]

    def lift(tracks):
        rng = np.random.default_rng(1)
        return [
            Pose3D(
                t.xyz + rng.normal(0, noise, t.xyz.shape) * (np.arange(17) > 0)[:, None], t.measured, t.error, t.time
            )
            for t in truth[: len(tracks)]
        ]

    return lift, truth


def test_the_truth_scores_zero():
    figures = score(clips(), 0.0, rough(0.0)[0])
    assert set(figures) == {
        f"{genre}{name}" for genre in ("", "modern.", "salsa.") for name in ("mpjpe", "p_mpjpe", "n_mpjpe", "mpjve")
    }
    assert max(figures.values()) < 0.01


def test_means_are_weighted_by_frames_and_equal_the_protocol_tool(lift_protocol):
    lift, truth = rough(0.05)
    figures = score(clips(), 0.0, lift)
    rows = [lift_protocol.score(p.xyz, t.xyz) for p, t in zip(lift([None] * 8), truth, strict=True)]
    for name in ("mpjpe", "p_mpjpe", "n_mpjpe", "mpjve"):
        expected = np.average([r[name] for r in rows], weights=[r["frames"] for r in rows])
        assert figures[name] == pytest.approx(expected, abs=0.02)


def test_the_protocol_camera_is_given_and_a_missing_folder_is_said(tmp_path):
    assert 500 / np.tan(np.deg2rad(PROTOCOL_CAMERA.field_of_view) / 2) == pytest.approx(1145.0)
    with pytest.raises(ValueError, match="no folder"):
        bench(tmp_path / "absent", lambda *a: [])
