"""One call per stage: arrays in, artefacts out."""

import numpy as np
import pytest

import dance3d
from dance3d.benchmarks.lift.mask_completion import rendered
from dance3d.contracts import Genre, Movements, Pose3D
from dance3d.skeleton import H36M17
from dance3d.synth.choreography import choreograph
from dance3d.synth.virtual_cameras import film


@pytest.fixture(scope="module")
def shot():
    return film([choreograph("salsa", 2.0, 3)], noise_px=2.0, seed=1)[0]


def test_arrays_in_artefacts_out(shot):
    xy = shot.keypoints.xy
    pose = dance3d.lift(xy, fps=30, size=(1000, 1000))
    assert isinstance(pose, Pose3D) and pose.frames == len(xy) and np.isfinite(pose.xyz).all()
    movements = dance3d.movements(pose)
    assert isinstance(movements, Movements) and movements.frames == len(xy)
    genre = dance3d.genre(pose)
    assert isinstance(genre, Genre) and genre.prob.sum() == pytest.approx(1, abs=1e-4)


def test_a_height_makes_metres(shot):
    xy = shot.keypoints.xy
    tall, short = (dance3d.lift(xy, fps=30, size=(1000, 1000), height=h) for h in (2.0, 1.0))
    assert tall.scale == short.scale == "metric"
    assert np.allclose(tall.xyz, 2 * short.xyz, atol=1e-4)


def test_missing_joints_keep_their_rows(shot):
    xy = shot.keypoints.xy.copy()
    xy[10:14, 3] = np.nan
    pose = dance3d.lift(xy, fps=30, size=(1000, 1000))
    assert pose.frames == len(xy) and np.isfinite(pose.xyz).all()


def test_masks_bring_back_limbs_without_keypoints():
    clip = choreograph("martial", 3.0, 1)
    clip = clip.part(20, 64)
    one = film([clip])[0]
    lost = np.zeros((44, 17), bool)
    lost[4:20, H36M17.indices("right_elbow", "right_wrist")] = True
    gone = slice(24, 44)  # the whole dancer, for longer than is filled
    xy = np.where(lost[..., None], np.nan, one.keypoints.xy)
    xy[gone] = np.nan
    masks = rendered(clip, 0)
    given = {"fps": 30, "size": one.keypoints.size}
    plain, helped = dance3d.lift(xy, **given), dance3d.lift(xy, **given, masks=masks)
    off = [np.linalg.norm(pose.xyz - one.truth.xyz, axis=-1)[lost].mean() for pose in (plain, helped)]
    assert off[1] < 0.6 * off[0]
    assert np.isnan(helped.xyz[gone]).all() and np.isfinite(helped.xyz[: gone.start]).all()
    whole = one.keypoints.xy
    assert np.array_equal(dance3d.lift(whole, **given, masks=masks).xyz, dance3d.lift(whole, **given).xyz)
    with pytest.raises(ValueError, match=r"masks have shape \(43, .*expected \(44, H, W\)"):
        dance3d.lift(xy, **given, masks=masks[1:])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"xy": np.zeros((4, 17))}, r"xy has shape \(4, 17\), expected \(T, J, 2\)"),
        ({"xy": np.zeros((4, 16, 2))}, "h36m17 has 17 joints, the array has 16"),
        ({"skeleton": "openpose"}, "'openpose' is not known; choose from"),
        ({"fps": 0}, "fps is 0"),
        ({"size": (0, 5)}, "size"),
        ({"score": np.ones((3, 17))}, r"score has shape \(3, 17\)"),
        ({"xy": np.zeros((0, 17, 2))}, "no frame"),
        ({"height": -1.0}, "height"),
    ],
)
def test_what_cannot_be_lifted_is_named(change, message):
    given = {"xy": np.zeros((4, 17, 2)), "fps": 30, "size": (100, 100)} | change
    with pytest.raises(ValueError, match=message):
        dance3d.lift(given.pop("xy"), **given)


def test_an_unknown_name_is_an_attribute_error():
    offered = "it offers compare, detect, genre, lift, load, movements, run, to_frame, to_xarray"
    with pytest.raises(AttributeError, match=offered):
        dance3d.lifts  # noqa: B018
