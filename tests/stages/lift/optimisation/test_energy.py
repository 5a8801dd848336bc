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
    x = 0.2 * draw(rows, 3, JOINTS, frames)
    x[:, 2] += 5
    return energy, x


@pytest.mark.parametrize(
    "terms",
    [EnergyWeights(), EnergyWeights(start=0.05, limits=3.0), EnergyWeights(limits=0.0)],
    ids=["all", "start", "free"],
)
def test_energy_is_that_of_the_plain_form_and_the_gradient_autograds(terms):
    energy, x = some_energy(terms)
    value, gradient = energy(x)
    x.requires_grad_()
    plain = seed_bench.plain_energy(energy, energy.joints(x))
    (expected,) = torch.autograd.grad(plain.sum(), x)
    torch.testing.assert_close(value, plain.detach())
    torch.testing.assert_close(gradient, expected)


def test_variables_are_the_inverse_of_joints():
    energy, x = some_energy(EnergyWeights())
    torch.testing.assert_close(energy.variables(energy.joints(x)), x)
