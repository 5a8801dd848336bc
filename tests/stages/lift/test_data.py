import numpy as np
import pytest
import torch

from dance3d.contracts import MotionClip
from dance3d.skeleton import H36M17
from dance3d.stages.lift.augment import Augment, axis_angle, chain, make_batch
from dance3d.stages.lift.data import LiftData, Windows, join
from dance3d.synth.virtual_cameras import film


def clips(lengths=(200, 90), genre="salsa"):
    rng = np.random.default_rng(0)
    body = rng.uniform([-0.3, 0, -0.3], [0.3, 1.7, 0.3], (17, 3))
    out = []
    for frames in lengths:
        xyz = body + np.cumsum(rng.normal(0, 0.01, (frames, 17, 3)), axis=0)
        xyz[:, 0] = xyz[:, H36M17.indices("left_hip", "right_hip")].mean(1)
        out.append(MotionClip(xyz, 30.0, f"{genre}_{frames}", f"g{frames}", genre))
    return out


def batch(noise=1.0, bodies=1.0, seed=0):
    return make_batch(join(clips()), Augment(noise, bodies), 8, 40, torch.Generator().manual_seed(seed))


def test_batches_are_finite_seeded_and_new():
    one, again, other = batch(), batch(), batch(seed=1)
    assert one.rays.shape == (8, 40, 17, 2) and one.present.shape == (8, 40, 17) and one.xyz.shape == (8, 40, 17, 3)
    assert all(torch.isfinite(a).all() for a in (one.rays, one.xyz)) and not one.present.all()
    assert all(torch.equal(a, b) for a, b in zip(one, again, strict=True))
    assert not torch.equal(one.xyz, other.xyz) and (one.xyz[:, :, 0] == 0).all()


def test_without_noise_the_rays_are_the_projection_of_the_truth():
    made = batch(noise=0.0)
    assert made.present.all()
    # x - u z is the same for every joint only if all share one root: solve for it and look at what is left.
    off = made.rays * made.xyz[..., 2:] - made.xyz[..., :2]
    rays = torch.cat([torch.eye(2).expand(*made.rays.shape[:3], 2, 2), -made.rays[..., None]], -1)
    matrix, right = rays.flatten(2, 3).double(), off.flatten(2).double()[..., None]
    root = torch.linalg.lstsq(matrix, right).solution
    assert (matrix @ root - right).abs().max() < 1e-4 and (root[..., 2, 0] > 0.5).all()


def test_bodies_keep_both_sides_alike_and_limbs_attached():
    made = batch(noise=0.0, bodies=1.0)
    length = torch.stack([(made.xyz[:, :, c] - made.xyz[:, :, p]).norm(dim=-1) for p, c in H36M17.bones], -1)
    plain = join(clips()).xyz
    true = torch.stack([(plain[:, c] - plain[:, p]).norm(dim=-1) for p, c in H36M17.bones], -1)
    ratio = length.mean((0, 1)) / true.mean(0)
    assert (ratio > 0.5).all() and (ratio < 2).all()
    hips = made.xyz[:, :, H36M17.index("left_hip")] + made.xyz[:, :, H36M17.index("right_hip")]
    assert hips.abs().max() < 1e-4  # the pelvis stays in the middle


def test_rotations_and_chains():
    turn = axis_angle(torch.tensor([0.0, 0.0, torch.pi / 2]))
    torch.testing.assert_close(turn @ torch.tensor([1.0, 0, 0]), torch.tensor([0, 1.0, 0]), atol=1e-6, rtol=0)
    bones = torch.zeros(17, 3)
    bones[H36M17.indices("left_hip", "left_knee", "left_ankle")] = torch.tensor([0.0, -1, 0])
    assert chain(bones)[H36M17.index("left_ankle"), 1] == -3 and chain(bones)[H36M17.index("right_ankle"), 1] == 0


def test_genres_are_weighed_by_the_root_of_their_length():
    takes = join([*clips((400,), "everyday"), *clips((100,), "salsa")])
    assert takes.weight.sum() == pytest.approx(1) and takes.weight[0] / takes.weight[1] == pytest.approx(2)
    assert takes.first.tolist() == [0, 400] and takes.last.tolist() == [399, 499]


def test_windows_cover_a_take_and_repeat_its_edges():
    filmed = film(clips((100,)))
    windows = Windows(filmed, 40, 26)
    assert len(windows) == 4 * 2
    first = windows[0]
    assert first.rays.shape == (66, 17, 2) and torch.equal(first.xyz[0], first.xyz[13])
    np.testing.assert_allclose(first.xyz[13:], filmed[0].truth.xyz[:53])
    assert len(Windows(film(clips((10,))), 40, 26)) == 4  # a short take still gives a window


def test_held_out_takes_never_train(data_dir):
    data = LiftData(
        source=str(data_dir / "mocap" / "cmu" / "salsa"), val_groups=("salsa_05",), batch=2, chunk=64, steps=1
    )
    data.setup()
    assert {c.name for c in data.test_clips} == {"salsa_13", "salsa_28"}
    assert {c.group for c in data.val_clips} == {"salsa_05"} and len(data.takes.first) == 24 - 4
    (made,) = list(data.train_dataloader())
    assert made.rays.shape == (2, 90, 17, 2) and torch.isfinite(made.rays).all()
    assert next(iter(data.val_dataloader())).rays.shape[1:] == (90, 17, 2)


def test_batches_tell_where_the_root_is():
    made = batch(noise=0.0)
    seen = made.xyz + made.root[:, :, None]
    torch.testing.assert_close(seen[..., :2] / seen[..., 2:], made.rays, atol=1e-4, rtol=1e-4)
    filmed = film(clips((60,)))
    np.testing.assert_allclose(Windows(filmed, 40, 26)[0].root[13:], filmed[0].truth.root[:53])


def test_only_some_genres_train_and_an_unknown_one_names_the_choices():
    data = LiftData(minutes=0.5, only=("salsa",), val_groups=())
    data.setup()
    assert {c.genre for c in data.train_clips} == {"salsa"}
    with pytest.raises(ValueError, match=r"'polka'.*choose from .*salsa"):
        LiftData(minutes=0.5, only=("polka",)).setup()
