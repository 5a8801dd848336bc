import numpy as np
import pytest

from dance3d.contracts.detections import COLOURS, Detections
from dance3d.stages.keypoints.tracking.active_tracks import (
    SPEED,
    ActiveTracks,
    DetectionFeatures,
    new_tracks,
    update_tracks,
)


def one_body(step: float, frames: int) -> tuple[Detections, DetectionFeatures]:
    """A body that moves by ``step`` pixels per frame at 30 frames/s, 50 pixels large."""
    at = np.arange(frames)[:, None] * [step, 0.0] + 100
    xy = np.repeat(at[:, None], 17, 1).astype(np.float32)
    colour = np.full((frames, COLOURS), 1 / COLOURS, np.float32)
    time = np.arange(frames) / 30
    clip = Detections(np.arange(frames), xy, np.ones((frames, 17), np.float32), colour, time, (640, 480))
    box = np.hstack([at - 25, at + 25])
    return clip, DetectionFeatures(at, np.full(frames, 50.0), box, np.ones(frames, bool))


def test_a_track_learns_the_speed_of_its_detections():
    clip, features = one_body(3.0, 30)
    tracks = new_tracks(clip, features, np.array([0]), np.array([7]), 0.0)
    for row in range(1, 30):
        tracks.predict(1 / 30)
        update_tracks(tracks, clip, features, np.array([row]), np.array([0]), float(clip.time[row]))
    assert tracks.name.tolist() == [7] and tracks.last[0] == clip.time[-1]
    assert tracks.speed[0, 0] == pytest.approx(90, rel=0.25) and tracks.at[0, 0] == pytest.approx(187, abs=3)


def test_without_detections_speed_decays_and_the_variance_grows():
    clip, features = one_body(0.0, 1)
    tracks = new_tracks(clip, features, np.array([0]), np.array([0]), 0.0)
    tracks.speed[:] = 60.0
    before = tracks.variance.copy()
    tracks.predict(0.5)
    assert 0 < tracks.speed[0, 0] < 30 and tracks.variance[0, 0] > before[0, 0]
    assert tracks.variance[0, 2] == pytest.approx(SPEED**2), "the speed's variance is stationary"


def test_tracks_are_added_and_kept_by_rows():
    clip, features = one_body(1.0, 2)
    tracks = ActiveTracks()
    tracks.add(new_tracks(clip, features, np.array([0, 1]), np.array([4, 5]), 0.0))
    tracks.keep(np.array([False, True]))
    assert tracks.name.tolist() == [5] and tracks.pose.shape == (1, 17, 2)
