import torch
from lift_clips import batch, clips

from dance3d.geometry.body_frame_torch import axis_angle
from dance3d.skeleton import H36M17
from dance3d.stages.lift.augment import chain
from dance3d.stages.lift.data import join_takes


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
    plain = join_takes(clips()).xyz
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
