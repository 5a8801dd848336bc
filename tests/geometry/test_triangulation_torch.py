import numpy as np
import pytest
import torch

from dance3d.geometry import triangulation
from dance3d.geometry.projection import look_at
from dance3d.geometry.triangulation_torch import triangulate


def ring(views=4, radius=4.0):
    """Cameras around the origin, (V, 3, 4)."""
    angles = np.linspace(0, 2 * np.pi, views, endpoint=False) + 0.3
    eyes = np.stack([radius * np.cos(angles), 1 + 0.5 * np.sin(3 * angles), radius * np.sin(angles)], 1)
    return np.stack([look_at(eye, np.array([0, 1.0, 0])) for eye in eyes])


def seen(points, cameras):
    """Tangents (V, J, 2) of points (J, 3)."""
    local = points @ cameras[:, :, :3].transpose(0, 2, 1) + cameras[:, None, :, 3]
    return local[..., :2] / local[..., 2:]


def bodies(scenes=3, seed=0):
    return np.random.default_rng(seed).normal([0, 1, 0], 0.4, (scenes, 17, 3))


def problem(scenes=3):
    cameras = np.broadcast_to(ring(), (scenes, 4, 3, 4))
    rays = np.stack([seen(body, ring()) for body in bodies(scenes)])
    return torch.tensor(rays), torch.tensor(cameras.copy())


def grads(rays, cameras, *more, **names):
    rays = rays.clone().requires_grad_()
    point, sure = triangulate(rays, cameras, *more, **names)
    return point, sure, torch.autograd.grad(point.square().sum(), rays)[0]


def test_finds_the_points_of_good_cameras_in_single_precision():
    rays, cameras = problem()
    point, sure = triangulate(rays.float(), cameras.float())
    assert point.dtype == torch.float32 and point.shape == (3, 17, 3) and sure.all()
    assert np.abs(point.numpy() - bodies()).max() < 1e-5


def test_agrees_with_the_homogeneous_form_on_noisy_weighted_rays():
    rays, cameras = problem(1)
    rng = np.random.default_rng(1)
    rays = rays + torch.tensor(rng.normal(0, 1e-4, rays.shape))
    weight = torch.tensor(rng.uniform(0.3, 1, rays.shape[:-1]))
    want = triangulation.triangulate(rays[0].numpy(), cameras[0].numpy(), weight[0].numpy())
    assert np.abs(triangulate(rays, cameras, weight)[0][0].numpy() - want).max() < 1e-4


def test_what_is_not_seen_does_not_count():
    rays, cameras = problem()
    rays[:, 0] = torch.nan
    rays[:, 1, 3] = 7.0
    weight = torch.ones(rays.shape[:-1])
    weight[:, 1, 3] = 0
    point, sure, grad = grads(rays, cameras, weight)
    assert np.abs(point.detach().numpy() - bodies()).max() < 1e-9 and sure.all()
    assert not grad[:, 0].any() and not grad[:, 1, 3].any() and grad[:, 2:].abs().min() > 0


@pytest.mark.parametrize("steps", ["rays", "weight", "prior"])
@pytest.mark.parametrize("views", [1, 3])
def test_gradients_are_those_of_small_steps(steps, views):
    rays, cameras = (x[:1, :views] for x in problem(1))
    values = {
        "rays": rays[:, :, :2],
        "weight": torch.full((1, views, 2), 0.7).double(),
        "prior": torch.ones(1, 2, 3).double(),
    }
    values[steps] = values[steps].clone().requires_grad_()

    def point(x):
        return triangulate(**(values | {steps: x}), extrinsics=cameras)[0]

    assert torch.autograd.gradcheck(point, (values[steps],))


def test_one_camera_gives_the_point_of_its_ray_nearest_to_the_prior():
    rays, cameras = problem()
    body = torch.tensor(bodies())
    point, sure, grad = grads(rays[:, :1], cameras[:, :1], prior=body + 0.02)
    assert not sure.any() and grad.isfinite().all()
    assert (point - body).norm(dim=-1).max() < 0.02 * 3**0.5 + 1e-4


def test_cameras_at_one_place_and_parallel_rays_stay_finite():
    rays, cameras = problem()
    here = cameras[:, :1].expand(-1, 4, -1, -1)
    for case in (rays[:, :1].expand(-1, 4, -1, -1), rays):
        point, sure, grad = grads(case, here)
        assert not sure.any() and point.isfinite().all() and grad.isfinite().all()
        assert point.norm(dim=-1).max() < 50
    side_by_side = here.clone()
    side_by_side[..., 0, 3] += torch.arange(4)
    point, sure, grad = grads(torch.zeros(3, 4, 17, 2).double(), side_by_side)
    assert not sure.any() and point.isfinite().all() and grad.isfinite().all()


def test_no_weight_gives_the_prior():
    rays, cameras = problem()
    weight = torch.zeros(3, 4, 17, requires_grad=True)
    prior = torch.tensor([[1.0, 2.0, 3.0]]).expand(3, 1, 3)
    point, sure = triangulate(rays, cameras, weight, prior)
    assert (point == prior).all() and not sure.any()
    assert torch.autograd.grad(point.sum(), weight)[0].isfinite().all()
    middle, _ = triangulate(rays, cameras, weight)
    assert (middle - torch.tensor([0, 1.0, 0])).norm(dim=-1).max() < 0.5  # where the cameras look


def test_a_point_behind_a_camera_is_not_sure():
    cameras = problem()[1]
    behind = torch.tensor([[6.0, 1.0, 3.0]]).double()
    local = torch.tensor(seen(behind.numpy(), cameras[0].numpy()))[None]
    point, sure, grad = grads(local, cameras[:1])
    assert (point - behind).abs().max() < 1e-6 and not sure.any() and grad.isfinite().all()


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"\(4, 17, 2\), cameras \(3, 3, 4\)"):
        triangulate(torch.zeros(4, 17, 2), torch.zeros(3, 3, 4))
