import torch

from dance3d.stages.lift.optimisation import lbfgs as seed_descent
from dance3d.stages.lift.optimisation.lbfgs import Scaling, descend
from dance3d.stages.lift.optimisation.problem import problem
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA


def test_descent_only_goes_down_and_a_row_does_not_see_the_others(dance):
    k = dance[0].keypoints
    given = problem(k.xy[:40], k.score[:40], PROTOCOL_CAMERA, 30.0, count=3)
    before = given.energy(given.x)[0].sum(1)
    scaling = Scaling(given.energy, given.x)
    x, each = descend(given.energy, given.x, scaling, 8, 0.0)
    assert (each.sum(1) < before).all()
    alone, _ = descend(given.energy, given.x[1:2], scaling, 8, 0.0)
    torch.testing.assert_close(alone, x[1:2], atol=2e-3, rtol=0)


def test_scaling_is_the_same_by_both_transforms(dance, monkeypatch):
    k = dance[0].keypoints
    given = problem(k.xy, k.score, PROTOCOL_CAMERA, 30.0, count=2)
    _, gradient = given.energy(given.x)
    short = Scaling(given.energy, given.x)(gradient)
    monkeypatch.setattr(seed_descent, "_LONG", 10)
    long = Scaling(given.energy, given.x)(gradient)
    torch.testing.assert_close(long, short, rtol=1e-3, atol=1e-4 * float(short.abs().max()))
