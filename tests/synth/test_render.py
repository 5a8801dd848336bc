import numpy as np
import pytest

from dance3d.contracts import Camera, MotionClip
from dance3d.geometry.projection import look_at, project
from dance3d.skeleton import H36M17
from dance3d.synth.choreography import choreograph
from dance3d.synth.render import render

CAMERA = Camera.from_field_of_view(47, (320, 240))
E = look_at(np.array([1.0, 1.3, 3.6]), np.array([0, 0.9, 0.0]))


@pytest.fixture(scope="module")
def shots():
    clip = choreograph("modern", 0.5, 3)
    return clip, list(render(clip, CAMERA, E, 3))


def test_the_mask_covers_the_joints_and_little_more(shots):
    clip, frames = shots
    assert len(frames) == 15
    for xyz, (picture, mask) in zip(clip.xyz, frames, strict=True):
        assert picture.shape == (240, 320, 3) and picture.dtype == np.uint8 and mask.dtype == bool
        xy = project(xyz @ E[:, :3].T + E[:, 3], CAMERA.focal, np.array(CAMERA.centre))
        inside = (xy > 1).all(-1) & (xy < np.array(CAMERA.size) - 2).all(-1)
        x, y = np.rint(xy[inside] - 0.5).astype(int).T
        assert mask[y, x].mean() > 0.95
        rows, columns = np.nonzero(mask)
        far = np.abs(np.stack([columns, rows], -1)[:, None] - xy).max(-1).min(1)
        assert far.max() < 45 and 0.02 < mask.mean() < 0.4


def test_the_same_seed_gives_the_same_picture(shots):
    clip, frames = shots
    again = next(render(clip, CAMERA, E, 3))
    other = next(render(clip, CAMERA, E, 4))
    assert np.array_equal(again[0], frames[0][0]) and np.array_equal(again[1], frames[0][1])
    assert not np.array_equal(other[0], frames[0][0])


def test_frames_stream():
    clip = choreograph("salsa", 60, 0)
    stream = render(clip, CAMERA, E, 0)
    assert next(stream)[1].any()  # the first picture does not wait for the other 1799
    stream.close()


def test_a_dancer_behind_the_camera_is_not_seen():
    clip = choreograph("salsa", 0.1, 0)
    away = look_at(np.array([0.0, 1.0, 3.0]), np.array([0, 1.0, 9.0]))
    assert not any(mask.any() for _, mask in render(clip, CAMERA, away, 0))


def test_the_nearer_arm_hides_the_farther():
    """Seen from the dancer's left, the left shoulder's sleeve is drawn and the right one's is not."""
    still = choreograph("everyday", 0.1, 1).xyz[:1]
    clip = MotionClip(still, 30, "still", "still")
    side = look_at(np.array([4.0, 1.2, 0.0]), np.array([0.0, 1.0, 0.0]))
    [(_, mask)] = render(clip, CAMERA, side, 1)
    near, far = (
        project(still[0, H36M17.index(j)] @ side[:, :3].T + side[:, 3], CAMERA.focal, np.array(CAMERA.centre))
        for j in ("left_shoulder", "right_shoulder")
    )
    assert mask[int(near[1]), int(near[0])] and mask[int(far[1]), int(far[0])]


def test_a_wrong_matrix_is_refused():
    with pytest.raises(ValueError, match=r"\(4, 4\), expected \(3, 4\)"):
        next(render(choreograph("salsa", 0.1, 0), CAMERA, np.eye(4), 0))
