import pytest
import torch

from dance3d.benchmarks.lift import multi_seed as seed_bench
from dance3d.skeleton import H36M17
from dance3d.stages.lift.optimisation.energy import Energy, EnergyWeights

JOINTS = len(H36M17.joints)


def some_energy(terms, rows=3, frames=9):
    """An energy of random keypoints, some of them missing, and a random place in it, in double precision."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    precision = 50 * draw(1, JOINTS, frames).abs()
    precision[:, 3] = 0
    energy = Energy(
        0.1 * draw(1, 2, JOINTS, frames),
        precision,
        5 + 0.1 * draw(1, frames),
        0.01 + 0.01 * draw(1, JOINTS).abs(),
        terms=terms,
        start=0.3 * draw(1, 3, JOINTS, frames),
    )
    x = 0.2 * draw(rows, 3, JOINTS + 1, frames)
    x[:, 2, :JOINTS] += 5
    return energy, x


@pytest.mark.parametrize(
    "terms",
    [
        EnergyWeights(),
        EnergyWeights(start=0.0, limits=3.0, tilt=0.2, focal=0.3),
        EnergyWeights(limits=0.0, tilt=0.0),
        EnergyWeights(focal=0.0, smooth_2d=30.0),
        EnergyWeights(smooth_3d=30.0),
    ],
    ids=["all", "camera", "free", "smooth_2d", "smooth_3d"],
)
def test_energy_is_that_of_the_plain_form_and_the_gradient_autograds(terms):
    energy, x = some_energy(terms)
    value, gradient = energy(x)
    x.requires_grad_()
    plain = seed_bench.plain_energy(energy, x)
    (expected,) = torch.autograd.grad(plain.sum(), x)
    torch.testing.assert_close(value, plain.detach())
    torch.testing.assert_close(gradient, expected)


def test_variables_are_the_inverse_of_joints():
    energy, x = some_energy(EnergyWeights())
    x[:, :, JOINTS] = 0
    torch.testing.assert_close(energy.variables(energy.joints(x)), x)


@pytest.mark.parametrize(
    ("term", "given"),
    [
        ("smooth_2d", {"smooth_2d": 30.0}),
        ("smooth_3d", {"smooth_3d": 30.0}),
        ("start", {"start": 0.05}),
        ("tilt", {"tilt": 0.1}),
        ("focal", {"focal": 0.1}),
    ],
)
def test_each_term_has_the_slope_of_finite_differences(term, given):
    """Along a random direction, the camera included."""
    energy, x = some_energy(EnergyWeights(**({"start": 0.0, "tilt": 0.0, "focal": 0.0} | given)))
    none, _ = some_energy(EnergyWeights(start=0.0, tilt=0.0, focal=0.0))
    assert not torch.allclose(energy(x)[0], none(x)[0]), f"{term} changes nothing"
    step = torch.randn(x.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    ahead, behind = (energy(x + sign * 1e-5 * step)[0].sum() for sign in (1, -1))
    torch.testing.assert_close((energy(x)[1] * step).sum(), (ahead - behind) / 2e-5, rtol=1e-5, atol=1e-4)


def test_up_turns_with_the_camera():
    energy, x = some_energy(EnergyWeights())
    x[:, :, JOINTS] = torch.tensor([0.2, 0.0, 0.1], dtype=torch.float64)[None, :, None]
    up, _ = energy.upward(x)
    torch.testing.assert_close(up[0], torch.tensor([0.0, -0.980067, -0.198669], dtype=torch.float64), atol=1e-5, rtol=0)
    shorter = energy.joints(x)[:, :2] / energy.joints(x)[:, 2:]
    x[:, 2, JOINTS] = 0
    assert (energy.joints(x)[:, :2] / energy.joints(x)[:, 2:] - shorter).abs().max() > 0
