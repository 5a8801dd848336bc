import numpy as np
import pytest
from pose_errors import p_mpjpe

from dance3d.contracts import Camera
from dance3d.geometry.projection import project
from dance3d.skeleton import H36M17
from dance3d.stages.lift.optimisation.energy import EnergyWeights
from dance3d.stages.lift.optimisation.multi_seed import lift_seeds
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA

JOINTS = len(H36M17.joints)


def test_seeds_beat_the_flat_pose_and_the_best_is_the_cheapest(dance):
    for one in dance:
        k = one.keypoints
        flat = np.concatenate([k.xy - k.xy[:, :1], np.zeros((*k.xy.shape[:2], 1))], -1) / 250
        seeds = lift_seeds(k.xy, k.score, PROTOCOL_CAMERA, k.fps, count=4)
        assert seeds.xyz.shape == (4, k.frames, JOINTS, 3) and seeds.best == seeds.energy.argmin()
        assert seeds.ambiguity.shape == (k.frames,)
        assert seeds.up.shape == (4, 3) and seeds.focal.shape == (4,) and seeds.focal.std() > 0
        assert p_mpjpe(seeds.xyz[seeds.best], one.truth.xyz) < 0.7 * p_mpjpe(flat, one.truth.xyz)
        again = project(seeds.xyz[0] + seeds.root[0][:, None], PROTOCOL_CAMERA.focal, np.array(PROTOCOL_CAMERA.centre))
        assert np.abs(again - k.xy).mean() < 2  # pixels


def test_a_mirrored_clip_gives_the_mirrored_body(dance):
    """Anatomy knows no side."""
    k = dance[0].keypoints
    flipped = (k.xy * [-1, 1] + [k.size[0], 0])[:, H36M17.swap]
    one = lift_seeds(k.xy, k.score, PROTOCOL_CAMERA, count=1, steps=0)
    other = lift_seeds(flipped, k.score, PROTOCOL_CAMERA, count=1, steps=0)
    off = np.abs(other.xyz[0][:, H36M17.swap] * [-1, 1, 1] - one.xyz[0]).max((1, 2))
    assert (off > 1e-3).mean() < 0.05  # a tie now and then where a bone crosses the picture's plane


def test_a_start_decides_signs(dance):
    """The mirror image in depth of the truth is kept where a start says so."""
    one = dance[0]
    k = one.keypoints
    start = one.truth.xyz * np.array([1, 1, -1], np.float32)
    seeds = lift_seeds(
        k.xy, k.score, PROTOCOL_CAMERA, count=1, start=start, terms=EnergyWeights(start=0.05, limits=0.1)
    )
    assert p_mpjpe(seeds.xyz[0], start) < p_mpjpe(seeds.xyz[0], one.truth.xyz)


def test_missing_joints_frames_and_single_frames(dance):
    k = dance[0].keypoints
    xy, score = k.xy[:30].copy(), k.score[:30].copy()
    xy[:, 3], xy[5:9, 10] = np.nan, np.nan  # never seen, and for a while
    xy[20] = np.nan
    score[~np.isfinite(xy).all(-1)] = 0
    seeds = lift_seeds(xy, score, PROTOCOL_CAMERA, count=2, steps=10)
    assert np.isnan(seeds.xyz[:, 20]).all() and not seeds.ambiguity[20]
    assert np.isfinite(np.delete(seeds.xyz, 20, axis=1)).all() and np.isfinite(seeds.energy).all()
    for frames in (1, 2, 3):
        few = lift_seeds(k.xy[:frames], k.score[:frames], PROTOCOL_CAMERA, count=3, steps=5)
        assert few.xyz.shape == (3, frames, JOINTS, 3) and np.isfinite(few.xyz).all()


def test_a_body_of_one_point_gives_finite_joints():
    xy = np.full((10, JOINTS, 2), 400.0)
    seeds = lift_seeds(xy, np.ones((10, JOINTS)), PROTOCOL_CAMERA, count=2, steps=5)
    assert np.isfinite(seeds.xyz).all() and np.isfinite(seeds.energy).all()


def test_refusals(dance):
    k = dance[0].keypoints
    xy, score = k.xy[:5], k.score[:5]
    with pytest.raises(ValueError, match="count of seeds is 0"):
        lift_seeds(xy, score, PROTOCOL_CAMERA, count=0)
    with pytest.raises(ValueError, match="no keypoint"):
        lift_seeds(np.full_like(xy, np.nan), np.zeros_like(score), PROTOCOL_CAMERA)
    with pytest.raises(ValueError, match=r"expected \(T, 17, 2\)"):
        lift_seeds(xy[:, :16], score[:, :16], PROTOCOL_CAMERA)
    with pytest.raises(ValueError, match="infinite"):
        lift_seeds(np.full_like(xy, np.inf), score, PROTOCOL_CAMERA)
    with pytest.raises(ValueError, match="start has shape"):
        lift_seeds(xy, score, PROTOCOL_CAMERA, start=np.zeros((4, JOINTS, 3)))
    with pytest.raises(ValueError, match=r"EnergyWeights.bone is 0"):
        EnergyWeights(bone=0.0)


def test_an_assumed_camera_does(dance):
    """A guessed field of view changes the distance, hardly the pose."""
    k = dance[0].keypoints
    known, guessed = (
        lift_seeds(k.xy, k.score, camera, count=1, steps=20).xyz[0]
        for camera in (PROTOCOL_CAMERA, Camera.from_field_of_view(55, k.size))
    )
    assert p_mpjpe(guessed, known) < 40
