import numpy as np
import pytest

from dance3d.contracts import Camera
from dance3d.geometry import rigid_body
from dance3d.geometry.projection import project
from dance3d.skeleton import H36M17
from dance3d.synth.random_motion import random_motion
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, protocol_cameras

AHEAD = np.tile([0.0, 0.0, 1.0], (20, 1))
CAMERA = Camera(1145.0, (500.0, 500.0), (1000, 1000))


def figure(frames=20, seed=0):
    """A figure of random bones with constant lengths, the same on both sides, that changes its pose."""
    rng = np.random.default_rng(seed)
    lengths = rng.uniform(0.1, 0.4, 17)
    lengths = (lengths + lengths[H36M17.swap]) / 2
    lengths[0] = 0
    directions = np.cumsum(rng.normal(size=(frames, 17, 3)), axis=0)
    bones = directions / np.linalg.norm(directions, axis=-1, keepdims=True) * lengths[:, None]
    xyz = np.zeros_like(bones)
    for parent, child in H36M17.bones:
        xyz[:, child] = xyz[:, parent] + bones[:, child]
    return xyz, lengths


def test_bone_lengths_are_found_and_rebuilt_exactly():
    xyz, lengths = figure()
    np.testing.assert_allclose(rigid_body.bone_lengths(xyz), lengths, atol=1e-12)
    np.testing.assert_allclose(rigid_body.rigid(xyz, lengths, AHEAD, sigma=0), xyz, atol=1e-6)
    noisy = xyz + np.random.default_rng(1).normal(0, 0.01, xyz.shape)
    again = rigid_body.rigid(noisy, rigid_body.bone_lengths(noisy), AHEAD, sigma=0)
    assert np.std(np.linalg.norm(again[:, 3] - again[:, 2], axis=-1)) < 1e-12
    assert np.linalg.norm(again - xyz, axis=-1).mean() < 0.05


def test_missing_length_goes_into_depth():
    xyz, lengths = figure(200)
    shrunk = xyz * [1, 1, 0.6]  # what a net does that is unsure of depth
    before = np.linalg.norm(shrunk - xyz, axis=-1).mean()
    after = np.linalg.norm(
        rigid_body.rigid(shrunk, lengths, np.tile(AHEAD[:1], (200, 1)), sigma=0) - xyz, axis=-1
    ).mean()
    assert after < 0.4 * before


def test_a_bone_without_depth_still_gets_its_length():
    flat = np.zeros((1, 17, 3))
    flat[:, 1:, 0] = np.linspace(0.01, 0.1, 16)
    lengths = np.r_[0.0, np.full(16, 0.3)]
    made = rigid_body.rigid(flat, lengths, AHEAD[:1], sigma=0)
    for parent, child in H36M17.bones:
        assert np.linalg.norm(made[0, child] - made[0, parent]) == pytest.approx(0.3, abs=1e-6)


def test_the_root_is_found_where_it_was_and_outliers_do_not_move_it():
    xyz, _ = figure()
    root = np.stack([np.linspace(-1, 1, 20), np.full(20, 0.2), np.full(20, 5.0)], 1)
    xy = project(xyz + root[:, None], CAMERA.focal, np.array(CAMERA.centre))
    weight = np.ones(xy.shape[:2])
    np.testing.assert_allclose(rigid_body.place(xyz, xy, weight, CAMERA, sigma=0), root, atol=1e-6)
    xy[:, 3] += 200
    np.testing.assert_allclose(rigid_body.place(xyz, xy, weight, CAMERA, sigma=0), root, atol=0.15)
    weight[:, 3] = 0
    np.testing.assert_allclose(rigid_body.place(xyz, xy, weight, CAMERA)[5:-5], root[5:-5], atol=1e-3)
    error = rigid_body.reprojection_error(xyz, root, xy, weight > 0, CAMERA)
    np.testing.assert_allclose(error, 0, atol=1e-6)


def test_frames_without_keypoints_have_no_root():
    xyz, _ = figure()
    xy, weight = np.full((20, 17, 2), np.nan), np.zeros((20, 17))
    assert np.isnan(rigid_body.place(xyz, xy, weight, CAMERA)).all()
    root = np.full((20, 3), np.nan)
    assert np.isnan(rigid_body.reprojection_error(xyz, root, xy, weight > 0, CAMERA)).all()


def test_height_of_a_known_figure():
    at = dict.fromkeys(H36M17.joints, (0.0, 0.0, 0.0))
    tops = {"spine": 0.25, "thorax": 0.5, "nose": 0.65, "head": 0.75, "left_knee": -0.43, "left_ankle": -0.86}
    at |= {joint: (0.0, y, 0.0) for joint, y in tops.items()}
    at |= {"right_knee": at["left_knee"], "right_ankle": at["left_ankle"]}
    xyz = np.array([at[j] for j in H36M17.joints])[None]
    assert rigid_body.height(xyz) == pytest.approx(1.05 * (0.75 + 0.86))


def _walk(frames: int = 60) -> np.ndarray:
    """(T, 17, 3) metres in the camera frame, 5 m away, turning slowly."""
    clip = random_motion(frames / 30, 2)
    extrinsics = protocol_cameras(clip.xyz, np.random.default_rng(0))[0]
    return np.asarray(clip.xyz @ extrinsics[:, :3].T + extrinsics[:, 3], np.float64)


def _pixels(xyz: np.ndarray) -> np.ndarray:
    return np.asarray(project(xyz, PROTOCOL_CAMERA.focal, np.array(PROTOCOL_CAMERA.centre)))


def test_joints_move_onto_exact_keypoints_and_keep_their_depth() -> None:
    true = _walk()
    off = true + np.array([0.05, -0.03, 0.0])
    moved = rigid_body.onto_rays(off, _pixels(true), np.ones(true.shape[:2]), PROTOCOL_CAMERA)
    assert np.abs(_pixels(moved) - _pixels(true)).max() < 2.5  # those far off are trusted less
    assert np.abs(moved[..., 2] - off[..., 2]).max() < 0.03


def test_jitter_is_read_off_keypoints_and_not_taken_over() -> None:
    true = _walk()
    noisy = _pixels(true) + np.random.default_rng(1).normal(0, 5, (*true.shape[:2], 2))
    rays = (noisy - PROTOCOL_CAMERA.centre) / PROTOCOL_CAMERA.focal
    found = rigid_body.keypoint_noise(rays, np.ones(true.shape[:2]), true[..., 2])
    assert found == pytest.approx(5 / PROTOCOL_CAMERA.focal * np.median(true[..., 2]), rel=0.15)
    moved = rigid_body.onto_rays(true, noisy, np.ones(true.shape[:2]), PROTOCOL_CAMERA)
    assert np.linalg.norm(moved - true, axis=-1).mean() < 0.35 * found


def test_a_missing_or_wild_keypoint_moves_nothing_far() -> None:
    true = _walk()
    xy, trust = _pixels(true), np.ones(true.shape[:2])
    wrist = H36M17.index("left_wrist")
    xy[20, wrist] += 300
    trust[30:40, wrist], xy[30:40, wrist] = 0.0, np.nan
    moved = rigid_body.onto_rays(true, xy, trust, PROTOCOL_CAMERA)
    assert np.linalg.norm(moved - true, axis=-1).max() < 0.05
    assert np.isfinite(moved).all()


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_short_clips_have_no_jitter_to_read(frames: int) -> None:
    true = _walk()[:frames]
    assert rigid_body.keypoint_noise(true[..., :2] / true[..., 2:], np.ones(true.shape[:2]), true[..., 2]) == 0
    assert np.isfinite(rigid_body.onto_rays(true, _pixels(true), np.ones(true.shape[:2]), PROTOCOL_CAMERA)).all()
