from dataclasses import replace

import numpy as np
import pytest

from dance3d.benchmarks.lift.mask_completion import bursts, rendered, roughened, score
from dance3d.contracts import Masks
from dance3d.skeleton import H36M17
from dance3d.stages.lift.postprocess.mask_completion import Terms, complete, filled
from dance3d.synth.choreography import choreograph
from dance3d.synth.virtual_cameras import film

FRAMES, LOST = 24, slice(8, 18)
LIMB = H36M17.indices("left_elbow", "left_wrist")


@pytest.fixture(scope="module")
def scene():
    """A clip with its truth and masks, and its track without the left arm in ten frames."""
    clip = choreograph("salsa", 3.0, 1)
    clip = replace(clip, xyz=clip.xyz[20 : 20 + FRAMES])
    one = film([clip])[0]
    lost = np.zeros((FRAMES, 17), bool)
    lost[LOST, LIMB] = True
    xy = np.where(lost[..., None], np.nan, one.keypoints.xy)
    track = replace(one.keypoints, xy=xy, score=(~lost).astype(np.float32), measured=~lost)
    return one, track, Masks(rendered(clip, 0), track.time), lost


def test_straight_lines_fill_what_is_missing(scene):
    one, track, _, lost = scene
    found = filled(track)
    assert np.isfinite(found.xy).all() and (found.score > 0).all()
    np.testing.assert_array_equal(found.xy[~lost], one.keypoints.xy[~lost])
    np.testing.assert_array_equal(found.measured, ~lost)
    ends = found.xy[[LOST.start - 1, LOST.stop]][:, LIMB]
    np.testing.assert_allclose(found.xy[LOST.start, LIMB], ends[0] + (ends[1] - ends[0]) / 11, rtol=1e-4)
    never = np.full_like(track.xy, np.nan)
    never[:, 0] = track.xy[:, 0]
    assert np.isnan(filled(replace(track, xy=never)).xy[:, 1:]).all()


def test_the_mask_brings_a_lost_arm_nearer(scene):
    one, track, masks, lost = scene
    off = [np.linalg.norm(filled(track).xy - one.keypoints.xy, axis=-1)[lost].mean()]
    found = complete(track, one.truth, masks)
    off.append(np.linalg.norm(found.xy - one.keypoints.xy, axis=-1)[lost].mean())
    assert off[1] < 0.7 * off[0]
    np.testing.assert_array_equal(found.xy[~lost], one.keypoints.xy[~lost])
    assert not found.measured[lost].any()


def test_without_a_mask_lines_stay_straight(scene):
    one, track, masks, _ = scene
    nothing = Masks(np.zeros_like(masks.mask), masks.time)
    np.testing.assert_array_equal(complete(track, one.truth, nothing).xy, filled(track).xy)
    whole = complete(one.keypoints, one.truth, masks)
    np.testing.assert_array_equal(whole.xy, one.keypoints.xy)


def test_a_mask_that_fills_the_picture_says_nothing(scene):
    one, track, masks, _ = scene
    found = complete(track, one.truth, Masks(np.ones_like(masks.mask), masks.time))
    assert np.isfinite(found.xy).all()


def test_frames_without_a_pose_are_left_out(scene):
    one, track, masks, _ = scene
    xyz, root = one.truth.xyz.copy(), one.truth.root.copy()
    xyz[10], root[10] = np.nan, np.nan
    found = complete(track, replace(one.truth, xyz=xyz, root=root), masks)
    np.testing.assert_array_equal(found.xy[10], filled(track).xy[10])
    assert np.isfinite(found.xy).all()


def test_what_does_not_fit_is_named(scene):
    one, track, masks, _ = scene
    with pytest.raises(ValueError, match="expected as many of each"):
        complete(track, one.truth, Masks(masks.mask[1:], masks.time[1:]))
    with pytest.raises(ValueError, match="no place"):
        complete(track, replace(one.truth, root=None), masks)
    with pytest.raises(ValueError, match=r"Terms\.inside"):
        Terms(inside=-1.0)


def test_losses_take_whole_limbs_away():
    lost = bursts(200, 15, np.random.default_rng(0))
    assert 0.3 <= lost.any(1).mean() < 0.45
    for side in ("left", "right"):
        for one, other in (("elbow", "wrist"), ("knee", "ankle")):
            assert (lost[:, H36M17.index(f"{side}_{one}")] == lost[:, H36M17.index(f"{side}_{other}")]).all()


def test_rough_masks_are_still_of_the_body(scene):
    exact = scene[2].mask[:4]
    rough = roughened(exact, np.random.default_rng(0))
    shared = (exact & rough).sum() / (exact | rough).sum()
    assert 0.6 < shared < 0.95
    assert not roughened(np.zeros_like(exact), np.random.default_rng(0)).any()


def test_the_bench_tells_gaps_from_what_fills_them():
    clips = [choreograph("salsa", 1.0, 1)]
    truth = film(clips)[0].truth

    def lift(tracks, settings):
        """The truth, but for joints without keypoint: these lie 100 mm too far away."""
        deep = [np.where(np.isnan(track.xy[..., :1]), [0.0, 0.0, 0.1], 0.0) for track in tracks]
        return [replace(truth, xyz=truth.xyz + d) for d in deep]

    found = score(clips, lift, 0.0, False)
    for name in ("", ".straight", ".whole"):
        assert found[f"missing{name}.mpjpe"] == pytest.approx(0, abs=1e-3)
    assert found["missing.without.mpjpe"] == pytest.approx(100, rel=1e-4) == found["missing.without.depth"]
    assert 0 < found["all.without.mpjpe"] < 100 and found["missing.without.px"] > 0
