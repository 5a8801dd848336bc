import numpy as np
import pytest
import torch
from semi_batches import make_dance

from dance3d.contracts import Camera, Keypoints2D
from dance3d.stages.lift.semi_supervised.views import LONGEST_SCORED, MOST_SCORED, UnlabelledWindows, Views
from dance3d.synth.virtual_cameras import film

CAMERA = Camera(1000.0, (500.0, 500.0), (1000, 1000))


def track(frames):
    seen = np.ones((frames, 17), bool)
    xy = np.full((frames, 17, 2), 500.0) + np.arange(frames)[:, None, None]
    return Keypoints2D(xy, seen.astype(float), seen, np.arange(frames) / 30, (1000, 1000))


def test_a_pelvis_that_is_lost_is_filled():
    (one,) = film(make_dance()[:1], cameras="random", count=1)
    xy = one.keypoints.xy.copy()
    xy[10:20, 0] = np.nan
    lost = one.keypoints.__class__(xy, one.keypoints.score, one.keypoints.measured, one.keypoints.time, (1000, 1000))
    views = Views([lost], [CAMERA], ["a"])
    assert torch.isfinite(views.joined.rays).all() and not views.joined.present[10:20, 0].any()
    assert (views.joined.rays[10:20, 0] - views.joined.rays[9, 0]).abs().max() < 0.2


def test_windows_cover_the_tracks_with_the_context_that_the_net_needs():
    windows = UnlabelledWindows([track(20), track(2 * LONGEST_SCORED + 7)], [CAMERA] * 2, 26)
    assert [len(windows[row].rays) - 26 for row in range(len(windows))] == [20, LONGEST_SCORED, LONGEST_SCORED, 7]
    rays = windows[2].rays * 1000
    assert rays[0, 0, 0] == pytest.approx(LONGEST_SCORED - 13, abs=0.1)
    assert rays[-1, 0, 0] == pytest.approx(2 * LONGEST_SCORED + 6, abs=0.1), "frames beyond the end repeat the last"
    assert len(UnlabelledWindows([track(20)] * 100, [CAMERA] * 100, 26)) == MOST_SCORED
