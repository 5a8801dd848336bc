from dataclasses import replace

import numpy as np
import pytest
from filmed_background import SIZE, background, view

from dance3d.benchmarks.keypoints.moving_camera import (
    WIDTH,
    StandingClip,
    compared,
    made_up,
    motions,
    moving_camera,
    off,
    to_whole,
    walked,
)
from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.io.video.reader import VideoReader
from dance3d.io.video.writer import VideoWriter

FRAMES = 60
TIME = np.arange(FRAMES) / 30


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Somebody who crosses a picture of 640 x 360."""
    path = tmp_path_factory.mktemp("standing") / "clip.mp4"
    picture = view(background(), (800, 450), 1.0)[0].rgb()
    with VideoWriter(path, SIZE, 30, crf=10) as writer:
        for time in TIME:
            writer.write(picture, float(time))
    place = np.stack([np.linspace(150, 450, FRAMES), np.full(FRAMES, 180.0)], 1)
    body = np.stack([np.linspace(-20, 20, 17), np.linspace(-60, 60, 17)], 1)
    xy = place[:, None] + body
    ones = np.ones((FRAMES, 17))
    track = Keypoints2D(xy, ones, ones > 0, TIME, SIZE)
    return StandingClip(path, track, posed(track), place, 120.0)


def posed(track):
    """A lifter that has every pixel of the still camera's picture a centimetre wide, 5 m away."""
    xy = np.asarray(track.xy, np.float64)
    if track.still is not None:
        xy = np.einsum("tij,tkj->tki", track.still[:, :, :2], xy) + track.still[:, None, :, 2]
    root = np.concatenate([xy.mean(1) / 100, np.full((track.frames, 1), 5.0)], 1)
    return Pose3D(np.zeros((track.frames, 17, 3)), np.ones(track.frames, bool), np.zeros(track.frames), TIME, root=root)


def test_windows_lie_inside_the_picture(clip):
    found = motions(clip)
    assert set(found) == {"follow", "pan", "zoom", "hand"}
    for windows in found.values():
        at = np.array([[0, 0], [WIDTH, WIDTH * SIZE[1] / SIZE[0]]])
        maps = to_whole(windows, SIZE)
        corners = np.einsum("tij,kj->tki", maps[:, :, :2], at) + maps[:, None, :, 2]
        assert corners.min() > -1e-6 and (corners.max((0, 1)) < np.array(SIZE) + 1e-6).all()
        np.testing.assert_allclose(corners[:, 1, 0] - corners[:, 0, 0], windows[:, 2])
    assert found["zoom"][0, 2] / found["zoom"][-1, 2] == pytest.approx(2.5)
    np.testing.assert_array_equal(found["hand"], motions(clip)["hand"])


def test_a_made_up_film_shows_the_windows(clip, tmp_path):
    maps = to_whole(motions(clip)["follow"], SIZE)
    with VideoReader(made_up(clip, maps, tmp_path)) as film, VideoReader(clip.path) as whole:
        for shown, frame, matrix in zip(film, whole, maps, strict=True):
            expected = frame.picture.crop(matrix, (WIDTH, 540))
            assert np.abs(shown.picture.rgb().astype(int) - expected).mean() < 4


def test_paths_are_compared_from_their_middles(clip):
    root = np.stack([np.linspace(0, 3, FRAMES), np.zeros(FRAMES), np.full(FRAMES, 4.0)], 1)
    one = replace(clip.pose, root=root)
    assert walked(one) == pytest.approx(3, rel=0.25) and off(one, replace(one, root=root + 2)) < 1e-6
    wrong = off(one, replace(one, root=root * [2, 1, 1]))
    assert wrong == pytest.approx(0.75 / walked(one), rel=0.02)
    assert np.isnan(off(one, replace(one, root=np.full((FRAMES, 3), np.nan))))


def test_a_known_motion_leaves_the_path_and_a_camera_taken_as_still_does_not(clip):
    windows = motions(clip)["follow"]
    maps = to_whole(windows, SIZE)
    scale, corner = maps[:, 0, 0], maps[:, :, 2]
    still = maps.copy()
    still[:, :, 2] = (corner - corner[0]) / scale[0]
    still[:, :, :2] /= scale[0]

    def predict(stage, inputs, settings=None):
        if stage == "lift":
            track = inputs["keypoints"][0]
            whole = replace(track, xy=track.xy * scale[0], still=None)
            if track.still is not None:
                whole = replace(whole, xy=whole.xy + (track.still[:, None, :, 2] * scale[0]))
            return [posed(whole)]
        xy = (clip.track.xy - corner[:, None]) / scale[:, None, None]
        return [None, replace(clip.track, xy=xy, size=(WIDTH, 540), still=still)]

    found = compared(clip, windows, predict)
    assert found["off"] < 0.01 < 0.2 < found["taken_as_still"] and found["known"] == 1 and found["map_px"] < 0.01


def test_clips_that_are_not_there_are_left_out(tmp_path):
    assert list(moving_camera(tmp_path, None)) == []
