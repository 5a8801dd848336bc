from dataclasses import replace

import numpy as np
import pytest
from lost_arm import LIMB, LOST, make_scene

from dance3d.contracts import Masks
from dance3d.stages.lift.postprocess.mask_completion import CompletionWeights, complete_keypoints, fill_gaps


@pytest.fixture(scope="module")
def scene():
    return make_scene()


def test_straight_lines_fill_what_is_missing(scene):
    one, track, _, lost = scene
    found = fill_gaps(track)
    assert np.isfinite(found.xy).all() and (found.score > 0).all()
    np.testing.assert_array_equal(found.xy[~lost], one.keypoints.xy[~lost])
    np.testing.assert_array_equal(found.measured, ~lost)
    ends = found.xy[[LOST.start - 1, LOST.stop]][:, LIMB]
    np.testing.assert_allclose(found.xy[LOST.start, LIMB], ends[0] + (ends[1] - ends[0]) / 11, rtol=1e-4)
    never = np.full_like(track.xy, np.nan)
    never[:, 0] = track.xy[:, 0]
    assert np.isnan(fill_gaps(replace(track, xy=never)).xy[:, 1:]).all()


def test_the_mask_brings_a_lost_arm_nearer(scene):
    one, track, masks, lost = scene
    off = [np.linalg.norm(fill_gaps(track).xy - one.keypoints.xy, axis=-1)[lost].mean()]
    found = complete_keypoints(track, one.truth, masks)
    off.append(np.linalg.norm(found.xy - one.keypoints.xy, axis=-1)[lost].mean())
    assert off[1] < 0.7 * off[0]
    np.testing.assert_array_equal(found.xy[~lost], one.keypoints.xy[~lost])
    assert not found.measured[lost].any()


def test_without_a_mask_lines_stay_straight(scene):
    one, track, masks, _ = scene
    nothing = Masks(np.zeros_like(masks.mask), masks.time)
    np.testing.assert_array_equal(complete_keypoints(track, one.truth, nothing).xy, fill_gaps(track).xy)
    whole = complete_keypoints(one.keypoints, one.truth, masks)
    np.testing.assert_array_equal(whole.xy, one.keypoints.xy)


def test_a_mask_that_fills_the_picture_says_nothing(scene):
    one, track, masks, _ = scene
    found = complete_keypoints(track, one.truth, Masks(np.ones_like(masks.mask), masks.time))
    assert np.isfinite(found.xy).all()


def test_frames_without_a_pose_are_left_out(scene):
    one, track, masks, _ = scene
    xyz, root = one.truth.xyz.copy(), one.truth.root.copy()
    xyz[10], root[10] = np.nan, np.nan
    found = complete_keypoints(track, replace(one.truth, xyz=xyz, root=root), masks)
    np.testing.assert_array_equal(found.xy[10], fill_gaps(track).xy[10])
    assert np.isfinite(found.xy).all()


def test_what_does_not_fit_is_named(scene):
    one, track, masks, _ = scene
    with pytest.raises(ValueError, match="expected as many of each"):
        complete_keypoints(track, one.truth, Masks(masks.mask[1:], masks.time[1:]))
    with pytest.raises(ValueError, match="no place"):
        complete_keypoints(track, replace(one.truth, root=None), masks)
    with pytest.raises(ValueError, match=r"CompletionWeights\.inside"):
        CompletionWeights(inside=-1.0)
