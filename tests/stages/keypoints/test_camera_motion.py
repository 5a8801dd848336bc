import numpy as np
import pytest
from filmed_background import SIZE, background, relative, view

from dance3d.io.video.pictures import ArrayPicture
from dance3d.stages.keypoints.camera_motion import CameraMotion, motion_notes

WHOLE = background()
CORNERS = np.array([[0, 0], [SIZE[0], 0], [0, SIZE[1]], SIZE])


def filmed(views):
    """Maps that are found in pictures, and the true ones."""
    motion = CameraMotion()
    for picture, _ in views:
        motion.add(picture, [])
    return motion.still(SIZE), relative([matrix for _, matrix in views])


def off(found, true):
    """(T,) pixels by which maps are off at the corners of the picture, at most."""
    at = CORNERS.T
    there = (found - true)[:, :, :2] @ at + (found - true)[:, :, 2:]
    return np.linalg.norm(there, axis=1).max(1)


def test_pan_is_found():
    views = [view(WHOLE, (400 + 8 * t, 450 + 2 * t), 1.0, t) for t in range(90)]
    found, true = filmed(views)
    assert np.isfinite(found).all() and off(found, true).max() < 6  # of 712 pixels


def test_zoom_is_found():
    views = [view(WHOLE, (800, 450), 1.02**t, t) for t in range(46)]
    found, true = filmed(views)
    zoom = np.sqrt(np.linalg.det(found[:, :, :2]) / np.linalg.det(true[:, :, :2]))
    assert np.abs(zoom - 1).max() < 0.01  # of a zoom to 2.4


def test_pan_there_and_back_ends_where_it_began():
    path = np.concatenate([np.arange(0, 200, 10), np.full(10, 200), np.arange(200, -1, -10)])
    found, true = filmed([view(WHOLE, (500 + x, 450), 1.0, t) for t, x in enumerate(path)])
    assert off(found, true)[-1] < 2


def test_camera_that_stands_has_no_motion_whatever_the_noise():
    assert filmed([view(WHOLE, (800, 450), 1.0, t) for t in range(40)])[0] is None


def test_crowd_that_moves_before_a_standing_camera_is_no_motion():
    motion = CameraMotion()
    for t in range(40):
        image = view(WHOLE, (800, 450), 1.0, t)[0].rgb().copy()
        crowd = view(WHOLE, (300 + 6 * t, 200), 1.0)[0].rgb()
        image[160:] = crowd[160:]
        motion.add(ArrayPicture(image), [])
    assert motion.still(SIZE) is None


def test_leaves_that_sway_before_a_standing_camera_are_no_motion():
    motion, still = CameraMotion(), view(WHOLE, (800, 450), 1.0)[0].rgb()
    rng = np.random.default_rng(0)
    leaves = [(*rng.integers([0, 0], [600, 320]), rng.uniform(0, 6), int(rng.integers(30, 220))) for _ in range(45)]
    for t in range(150):
        image = still.copy()
        for x, y, phase, grey in leaves:
            left, top = int(x + 6 * np.sin(t / 2 + phase)), int(y + 4 * np.cos(0.6 * t + phase))
            image[max(top, 0) : top + 24, max(left, 0) : left + 24] = grey
        motion.add(ArrayPicture(image), [])
    assert motion.still(SIZE) is None


def test_a_bus_that_passes_leaves_the_camera_where_it_stands():
    motion = CameraMotion()
    for t in range(60):
        image = view(WHOLE, (800, 450), 1.0, t)[0].rgb().copy()
        if 20 <= t < 32:
            image[:, 60:] = view(WHOLE, (500 + 8 * t, 600), 1.0, t)[0].rgb()[:, 60:]
        motion.add(ArrayPicture(image), [])
    found = motion.still(SIZE)
    assert found is None or (found[40:] == np.eye(2, 3)).all()


def test_people_are_left_out():
    motion = CameraMotion()
    for t in range(40):
        image = view(WHOLE, (800, 450), 1.0, t)[0].rgb().copy()
        left = 20 + 8 * t
        image[20:340, left : left + 260] = view(WHOLE, (300, 600), 1.0)[0].rgb()[20:340, 20:280]
        motion.add(ArrayPicture(image), [np.array([[left, 20.0], [left + 260, 340], [np.nan, np.nan]])])
    assert motion.still(SIZE) is None


def test_plain_wall_says_nothing():
    rng = np.random.default_rng(0)
    motion = CameraMotion()
    for _ in range(20):
        motion.add(ArrayPicture(np.clip(rng.normal(128, 2, (360, 640, 1)), 0, 255).astype(np.uint8).repeat(3, 2)), [])
    assert motion.still(SIZE) is None


def test_motion_that_is_lost_is_not_known_and_goes_on_behind():
    middles = [(400 + 4 * t, 450) for t in range(20)] + [(1100, 700)] + [(1100 - 4 * t, 700) for t in range(1, 20)]
    found, _ = filmed([view(WHOLE, middle, 1.0, t) for t, middle in enumerate(middles)])
    assert np.flatnonzero(np.isnan(found).any((1, 2))).tolist() == [20]
    assert found[39, 0, 2] - found[21, 0, 2] == pytest.approx(-72, abs=2)


def test_goes_on_in_another_process_to_the_bit():
    views = [view(WHOLE, (400 + 8 * t, 450), 1.01**t, t)[0] for t in range(40)]
    whole, first, second = CameraMotion(), CameraMotion(), CameraMotion()
    bodies = [np.array([[300.0, 100, 1], [340, 300, 1]])]
    pieces = []
    for t, picture in enumerate(views):
        whole.add(picture, bodies)
        if t < 25:
            first.add(picture, bodies)
        if t in (11, 24):
            pieces.append(first.new())
    for piece, frames in zip(pieces, (12, 13), strict=True):
        second.take(CameraMotion.checked(piece, frames))
    for picture in views[25:]:
        second.add(picture, bodies)
    np.testing.assert_array_equal(whole.still(SIZE), second.still(SIZE))
    with pytest.raises(ValueError, match="it has no maps of the camera's motion over 11 frames"):
        CameraMotion.checked(pieces[0], 11)
    with pytest.raises(ValueError, match="it has no maps"):
        CameraMotion.checked({}, 1)


def test_notes():
    still = np.tile(np.eye(2, 3, dtype=np.float32), (30, 1, 1))
    assert motion_notes(None, np.arange(30.0)) == ()
    assert motion_notes(still, np.arange(30.0)) == ("the camera moves; paths are those before a still camera",)
    still[[3, 4, 9, 12, 15]] = np.nan
    (note,) = motion_notes(still, np.arange(30.0))
    assert "3.0 to 4.0 s, 9.0 to 9.0 s, 12.0 to 12.0 s and more" in note and "not known" in note


def test_a_shot_whose_camera_stands_has_no_motion_beside_one_that_moves():
    motion = CameraMotion()
    for picture, _ in [view(WHOLE, (400 + 8 * t, 450), 1.0, t) for t in range(20)]:
        motion.add(picture, [])
    for t in range(20):
        motion.add(view(WHOLE, (900, 300), 1.0, t)[0], [])
    found = motion.still(SIZE, (0, 20))
    assert found[19, 0, 2] > 140 and (found[20:] == np.eye(2, 3)).all()


def test_every_shot_begins_anew():
    pan = [view(WHOLE, (400 + 8 * t, 450), 1.0, t) for t in range(30)]
    other = [view(WHOLE, (900 - 6 * t, 300), 1.0, t) for t in range(30)]
    motion = CameraMotion()
    for picture, _ in (*pan, *other):
        motion.add(picture, [])
    found = motion.still(SIZE, (0, 30))
    for rows, views in ((slice(30), pan), (slice(30, 60), other)):
        assert off(found[rows], relative([matrix for _, matrix in views])).max() < 6
