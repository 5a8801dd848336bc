import numpy as np
import pytest
from camera_sets import pixels, write_set

from dance3d.benchmarks.keypoints import leave_one_out
from dance3d.benchmarks.keypoints.leave_one_out import every_detector, figures, misses
from dance3d.benchmarks.multiview_clip import LIMBS
from dance3d.contracts import Clip, Keypoints2D
from dance3d.datasets.calibrated_multiview import read_views
from dance3d.skeleton import H36M17

FRAMES, SIZE = 10, (1088, 1920)
KNEE = H36M17.index("left_knee")


def body():
    still = np.random.default_rng(0).uniform([-0.3, 0.1, -0.3], [0.3, 1.7, 0.3], (17, 3))
    return still + np.linspace(0, 0.2, FRAMES)[:, None, None] * [1.0, 0.0, 0.5]


def seen():
    return np.stack([pixels(body(), camera) for camera in range(4)])


@pytest.fixture
def views(tmp_path):
    return read_views(write_set(tmp_path))


def test_views_that_agree_miss_nothing(views):
    found = figures(views, seen())
    assert found["median_px"] < 0.2 and found["p90_px"] < 0.5 and found["coverage"] == 1 and found["bones"] < 0.1


def test_a_joint_far_off_counts_in_its_view_and_spoils_no_other(views):
    xy = seen()
    xy[1, 3, KNEE] += [300.0, -400.0]
    off = misses(views, xy)
    assert off[1, 3, LIMBS.index(KNEE)] == pytest.approx(500, rel=0.1)
    others = np.delete(off[:, 3, LIMBS.index(KNEE)], 1)
    assert (others < 1).all()
    assert figures(views, xy)["bones"] > 1  # all views count there


def test_what_is_not_detected_has_no_miss_and_lowers_the_coverage(views):
    xy = seen()
    xy[2, :5] = np.nan
    off = misses(views, xy)
    assert np.isnan(off[2, :5]).all() and np.isfinite(off[:2]).all()
    assert figures(views, xy)["coverage"] == pytest.approx(1 - 5 / 40, abs=1e-3)


def test_every_installed_detector_has_its_row(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(leave_one_out, "installed", lambda: ["movenet", "mediapipe", "own"])
    monkeypatch.setattr(leave_one_out, "QUALITIES", ("fast", "best"))
    time, asked = np.arange(FRAMES) / 60, []

    def track(xy, person):
        ones = np.ones((FRAMES, 17), np.float32)
        return Keypoints2D(xy.astype(np.float32), ones, ones > 0, time, SIZE, raw=xy.astype(np.float32), person=person)

    def predict(stage, inputs, settings):
        asked.append(tuple(settings.values()))
        if settings["backend"] == "own":
            return [Clip(time, SIZE)]
        camera = int(inputs["video"].stem[-1]) - 1
        dancer, bystander = seen()[camera], np.full((FRAMES, 17, 2), 100.0 + 50 * camera) + np.arange(17)[:, None]
        return [Clip(time, SIZE), *(track(xy, n) for n, xy in enumerate((bystander, dancer), 1))]

    rows = list(every_detector(write_set(tmp_path), predict))
    assert [next(iter(row)) for row in rows] == [
        "multiview.movenet.fast.median_px", "multiview.movenet.best.median_px", "multiview.mediapipe.median_px"
    ]  # fmt: skip
    assert all(next(iter(row.values())) < 0.2 for row in rows)  # of the dancer, not of the bystander
    assert "own" in caplog.text and ("movenet", "fast") in asked
