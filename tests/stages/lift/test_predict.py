from dataclasses import replace

import numpy as np
import pytest
import torch

from dance3d.contracts import Keypoints2D, MotionClip
from dance3d.geometry.projection import project, projection
from dance3d.io import weights as files
from dance3d.skeleton import H36M17
from dance3d.stages.lift.model import FEATURES, Lifter
from dance3d.stages.lift.predict import in_chunks, predict
from dance3d.stages.lift.settings import LiftSettings
from dance3d.synth.random_motion import random_motion
from dance3d.synth.virtual_cameras import film

SETTINGS = LiftSettings()


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """An untrained net: what is tested here must hold whatever was learnt."""
    torch.manual_seed(0)
    net = Lifter(24, (3, 3, 3))
    for block in net.blocks:
        torch.nn.init.normal_(block.mix.weight, std=0.1)
    path = tmp_path_factory.mktemp("lift") / "lift.safetensors"
    files.save(path, {name: value.numpy() for name, value in net.state_dict().items()}, "lift", net.config)
    return path


def dancer(frames=60):
    """Keypoints of a figure that sways."""
    body = np.random.default_rng(3).uniform([-0.3, 0, -0.3], [0.3, 1.7, 0.3], (17, 3))
    sway = np.sin(np.arange(frames) / 9)[:, None, None] * body[None, :, ::-1] * 0.2
    return film([MotionClip(body + sway, 30.0, "a", "a", "")])[0].keypoints


def changed(track, **fields):
    values = {name: getattr(track, name) for name in ("xy", "score", "measured", "time", "size", "start", "person")}
    return Keypoints2D(**(values | fields))


def one(track, weights, **settings):
    return predict({"keypoints": [track]}, replace(SETTINGS, **settings), weights)[0]


@pytest.mark.parametrize("frames", [1, 2, 20, 60])
def test_rows_times_and_person_are_kept(weights, frames):
    track = changed(dancer(frames), start=7, person=3, time=np.arange(frames) / 30 + 2)
    pose = one(track, weights)
    assert pose.xyz.shape == (frames, 17, 3) and (pose.start, pose.person) == (7, 3)
    assert np.array_equal(pose.time, track.time) and pose.measured.all() and pose.scale == "relative"
    assert np.isfinite(pose.xyz).all() and np.isfinite(pose.root).all() and np.isfinite(pose.error).all()
    assert pose.camera.assumed and (pose.xyz[:, H36M17.index("pelvis")] == 0).all()


def test_bones_are_constant_and_alike_on_both_sides(weights):
    xyz = one(dancer(), weights).xyz
    for parent, child in H36M17.bones:
        length = np.linalg.norm(xyz[:, child] - xyz[:, parent], axis=-1)
        mirrored = np.linalg.norm(xyz[:, H36M17.swap[child]] - xyz[:, H36M17.swap[parent]], axis=-1)
        np.testing.assert_allclose(length, length[0], atol=1e-5)
        np.testing.assert_allclose(length, mirrored, atol=1e-5)


def test_pieces_join_without_seams():
    net = Lifter(24, (3, 3, 3)).eval()
    features = torch.randn(1, 200, FEATURES)
    features[..., 2:-1:3] = 1  # every keypoint is there
    with torch.no_grad():
        torch.testing.assert_close(in_chunks(net, features, 33), in_chunks(net, features, 10**6), atol=1e-5, rtol=0)


def test_a_mirrored_dancer_gives_the_mirrored_pose(weights):
    track = dancer()
    mirrored = track.xy[:, H36M17.swap] * [-1, 1] + [track.size[0], 0]
    pose, other = one(track, weights), one(changed(track, xy=mirrored), weights)
    np.testing.assert_allclose(other.xyz[:, H36M17.swap] * [-1, 1, 1], pose.xyz, atol=1e-4)


def test_missing_people_are_nan_and_short_losses_are_bridged(weights):
    track = dancer(90)
    score, xy = track.score.copy(), track.xy.copy()
    score[10:14], score[40:70] = 0, 0
    xy[10:14], xy[40:70] = np.nan, np.nan
    pose = one(changed(track, xy=xy, score=score, measured=score > 0), weights)
    assert np.isfinite(pose.xyz[:40]).all() and np.isnan(pose.xyz[40:70]).all() and np.isfinite(pose.xyz[70:]).all()
    assert np.isnan(pose.root[40:70]).all() and np.isfinite(pose.root[:40]).all()
    assert not pose.measured[10:14].any() and not pose.measured[40:70].any() and pose.measured[:10].all()
    assert np.isnan(pose.error[10:14]).all() and np.isfinite(pose.error[:10]).all()


def test_nobody_at_all_is_nan_in_every_row(weights):
    track = dancer(5)
    empty = changed(track, xy=np.full_like(track.xy, np.nan), score=track.score * 0, measured=track.measured & False)
    pose = one(empty, weights)
    assert np.isnan(pose.xyz).all() and np.isnan(pose.root).all() and np.isnan(pose.error).all()
    assert not pose.measured.any()


def test_a_pelvis_that_is_never_seen_is_no_obstacle(weights):
    track = dancer()
    score = track.score.copy()
    score[:, H36M17.index("pelvis")] = 0
    assert np.isfinite(one(changed(track, score=score), weights).xyz).all()


def test_other_frame_rates_and_uneven_times_give_rows_at_their_own_times(weights):
    track = dancer(120)
    keep = np.sort(np.random.default_rng(0).choice(120, 70, replace=False))
    keep[0], keep[-1] = 0, 119
    uneven = changed(
        track, xy=track.xy[keep], score=track.score[keep], measured=track.measured[keep], time=track.time[keep]
    )
    full, part = one(track, weights, rigid=False), one(uneven, weights, rigid=False)
    assert np.array_equal(part.time, uneven.time)
    apart = np.linalg.norm(part.xyz - full.xyz[keep], axis=-1).mean()
    assert apart < 0.1 * np.linalg.norm(full.xyz, axis=-1).mean()


def test_height_sets_metres(weights):
    small, tall = (one(dancer(), weights, height=h) for h in (1.5, 1.8))
    assert small.scale == tall.scale == "metric"
    np.testing.assert_allclose(tall.xyz, small.xyz * 1.2, rtol=1e-4, atol=1e-5)
    assert tall.root[:, 2].mean() > small.root[:, 2].mean()  # a taller dancer stands farther away


def test_the_floor_moves_the_path_and_nothing_else(weights):
    track = dancer()
    plain, stood = one(track, weights, floor=False), one(track, weights, feet=False)
    assert plain.up is None and np.linalg.norm(stood.up) == pytest.approx(1, abs=1e-5) and stood.up_doubt > 0
    np.testing.assert_array_equal(plain.xyz, stood.xyz)
    camera = stood.camera
    seen = project(stood.xyz + stood.root[:, None], camera.focal, np.array(camera.centre))
    np.testing.assert_allclose(stood.error, np.linalg.norm(seen - track.xy, axis=-1).mean(1), rtol=1e-3)


def test_legs_hold_standing_feet_and_leave_the_rest(weights):
    track = dancer()
    path, held = one(track, weights, feet=False), one(track, weights)
    moved = np.linalg.norm(held.xyz - path.xyz, axis=-1).max(0) > 1e-6
    legs = H36M17.indices("left_knee", "left_ankle", "right_knee", "right_ankle")
    assert moved[legs].any() and not np.delete(moved, legs).any()
    np.testing.assert_array_equal(held.root, path.root)
    assert np.nanmean(held.error) < np.nanmean(path.error) + 1


def test_dancers_of_one_clip_share_gravity_and_other_clips_do_not(weights):
    here, there = dancer(), changed(dancer(), xy=dancer().xy[:, ::-1])
    same, partner = predict({"keypoints": [here, changed(there, person=2)]}, SETTINGS, weights)
    np.testing.assert_array_equal(same.up, partner.up)
    alone, other = predict({"keypoints": [here, there]}, SETTINGS, weights)
    np.testing.assert_array_equal(alone.up, one(here, weights).up)
    assert (alone.up != other.up).any()


def test_a_calibration_is_taken_at_its_word(weights):
    pose = one(dancer(), weights, camera={"focal": 900.0, "centre": [480, 510], "up": [0, -1, -0.1], "height": 1.5})
    assert not pose.camera.assumed and pose.camera.focal == 900 and pose.up_doubt == 0
    np.testing.assert_allclose(pose.up, np.array([0, -1, -0.1]) / np.hypot(1, 0.1), atol=1e-6)
    assert one(dancer(), weights, floor=False, camera={"focal": 900.0, "up": [0, -1, 0]}).up[1] == -1


def test_what_cannot_be_lifted_is_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        predict({"keypoints": []}, SETTINGS, None)
    with pytest.raises(ValueError, match="height is 180"):
        one(dancer(), weights, height=180)
    with pytest.raises(ValueError, match=r"lift\.field_of_view is 0\.0 degrees, expected 5 to 170"):
        one(dancer(), weights, field_of_view=0)
    coco = Keypoints2D(
        np.zeros((2, 17, 2)), np.ones((2, 17)), np.ones((2, 17), bool), [0, 1], (9, 9), skeleton="coco17"
    )
    with pytest.raises(ValueError, match="coco17"):
        one(coco, weights)


@pytest.mark.parametrize("frames", [1, 2, 45])
def test_seeds_need_no_net_and_keep_the_frame_contract(frames):
    clip = random_motion(2.0, 3)  # seeds know what a human body can do
    track = film([MotionClip(clip.xyz[:frames], 30.0, "a", "a", "")])[0].keypoints
    pose = predict({"keypoints": [track]}, replace(SETTINGS, method="seeds"), None)[0]
    assert np.isfinite(pose.xyz).all() and pose.frames == frames
    assert np.median(pose.error) < 10
    lost = changed(
        track, xy=np.full_like(track.xy, np.nan), score=track.score * 0, measured=np.zeros_like(track.measured)
    )
    assert np.isnan(predict({"keypoints": [lost]}, replace(SETTINGS, method="seeds"), None)[0].xyz).all()


def test_a_method_that_is_not_known_names_the_choices(weights):
    with pytest.raises(ValueError, match=r"lift\.method 'magic' is not known; choose from tcn, unsupervised, seeds"):
        one(dancer(2), weights, method="magic")
    with pytest.raises(ValueError, match="lift needs weights"):
        predict({"keypoints": [dancer(2)]}, replace(SETTINGS, method="unsupervised"), None)


def test_frames_to_which_the_net_gives_no_number_are_not_measured(tmp_path):
    net = Lifter(24, (3, 3, 3))
    arrays = {name: value.numpy() for name, value in net.state_dict().items()}
    arrays["leave.weight"] = np.full_like(arrays["leave.weight"], 3e38)  # finite, but no sum of it is
    path = tmp_path / "lift.safetensors"
    files.save(path, arrays, "lift", net.config)
    pose = one(dancer(), path)
    assert np.isnan(pose.xyz).any((1, 2)).all() and not pose.measured.any()


def test_a_moving_camera_finds_the_path_before_a_still_one(weights):
    track = dancer()
    zoom = 1.01 ** np.arange(60)
    still = np.zeros((60, 2, 3))
    still[:, [0, 1], [0, 1]] = (1 / zoom)[:, None]
    still[:, :, 2] = np.linspace([0, 0], [400, -50], 60)
    shown = (track.xy - still[:, None, :, 2]) * zoom[:, None, None]
    there, here = one(track, weights, feet=False), one(changed(track, xy=shown, still=still), weights)
    np.testing.assert_allclose(here.root, there.root, atol=2e-3)
    np.testing.assert_allclose(here.xyz, there.xyz, atol=2e-3)
    np.testing.assert_allclose(here.error, there.error * zoom, rtol=0.02, atol=0.02)
    np.testing.assert_array_equal(here.still, still.astype(np.float32))
    np.testing.assert_allclose(
        projection(here).xy, (projection(there).xy - still[:, None, :, 2]) * zoom[:, None, None], atol=2
    )


def test_every_joint_has_an_error_bar_that_grows_where_nothing_was_measured(weights):
    track = dancer(90)
    hand = H36M17.index("left_wrist")
    measured, score = np.ones(track.xy.shape[:2], bool), np.full(track.xy.shape[:2], 0.9, np.float32)
    measured[40:60, hand], score[40:60, hand] = False, 0.2
    pose = one(changed(track, measured=measured, score=score), weights)
    assert pose.doubt.shape == pose.xyz.shape[:2] and pose.doubt.dtype == np.float32
    assert (pose.doubt[:, H36M17.index("pelvis")] == 0).all() and np.isfinite(pose.doubt).all()
    assert pose.doubt[45:55, hand].min() > 1.3 * pose.doubt[10:30, hand].max()


def test_an_absent_dancer_has_no_error_bars(weights):
    track = dancer(90)
    shape = track.xy.shape[:2]
    xy, measured, score = track.xy.copy(), np.ones(shape, bool), np.full(shape, 0.9, np.float32)
    xy[30:70], measured[30:70], score[30:70] = np.nan, False, 0
    pose = one(changed(track, xy=xy, measured=measured, score=score), weights)
    assert np.isnan(pose.doubt).any()
    np.testing.assert_array_equal(np.isnan(pose.doubt), np.isnan(pose.xyz[..., 0]))


def test_each_shot_is_lifted_by_itself(weights):
    track = dancer(60)
    cut = changed(track, shots=(0, 25))
    pose = one(cut, weights)
    first = one(
        changed(track, **{name: getattr(track, name)[:25] for name in ("xy", "score", "measured", "time")}), weights
    )
    assert pose.shots == (0, 25) and np.isfinite(pose.xyz).all() and pose.frames == 60
    other = cut.xy.copy()
    other[25:] += 100
    moved = one(changed(cut, xy=other, shots=(0, 25)), weights)
    for name in ("xyz", "root", "error"):
        np.testing.assert_array_equal(getattr(pose, name)[25:].shape, getattr(moved, name)[25:].shape)
    error = first.error
    np.testing.assert_allclose(pose.error[:25], error, atol=1e-3)


def test_tracks_of_one_clip_have_the_same_shots(weights):
    with pytest.raises(ValueError, match="different shots"):
        predict({"keypoints": [dancer(60), changed(dancer(60), person=2, shots=(0, 25))]}, SETTINGS, weights)
