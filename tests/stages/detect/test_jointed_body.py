import pytest
import torch

from dance3d import losses
from dance3d.skeleton import H36M17
from dance3d.stages.detect.body_template import FIGURE
from dance3d.stages.detect.jointed_body import BONES, KINDS, TOES, Directions, joints, lengths, unit_bones, upright

FRAME = torch.tensor([[[1.0, 0, 0], [0, 1.0, 0], [0, 0, -1.0]]])  # right, up, forward


def random_pose(count=3):
    made = torch.Generator().manual_seed(0)
    return Directions(torch.randn(count, 3, generator=made), torch.randn(count, BONES, 3, generator=made))


def test_an_upright_body_is_the_template():
    pose = Directions(torch.zeros(1, 3), upright(FRAME))
    body = joints(pose, lengths(torch.tensor([1.7])))[0, :17]
    figure = torch.tensor(FIGURE) @ FRAME[0] * 1.7
    # the template's shoulders hang 1.7 cm, which opposite ones do not
    torch.testing.assert_close(body, figure - figure[:1], atol=0.035, rtol=0)


def test_bones_are_as_long_as_asked_and_both_sides_alike():
    kinds = torch.rand(3, KINDS, generator=torch.Generator().manual_seed(1)) + 0.5
    wanted = lengths(torch.tensor([1.5, 1.7, 1.9]), kinds)
    body = joints(random_pose(), wanted)[:, :17]
    torch.testing.assert_close(losses.lengths(body), wanted, atol=1e-4, rtol=1e-4)
    assert losses.symmetry(body).max() < 1e-4


def test_hips_and_shoulders_lie_opposite_to_each_other():
    body = joints(random_pose(), lengths(torch.full((3,), 1.7)))
    for joint, middle in (("hip", "pelvis"), ("shoulder", "thorax")):
        left, right, between = (body[:, H36M17.index(name)] for name in (f"left_{joint}", f"right_{joint}", middle))
        torch.testing.assert_close((left + right) / 2, between, atol=1e-5, rtol=0)
    torch.testing.assert_close(unit_bones(random_pose()).norm(dim=-1), torch.ones(3, BONES))


def test_toes_point_forward():
    body = joints(Directions(torch.zeros(1, 3), upright(FRAME)), lengths(torch.tensor([1.7])))[0]
    for ankle, toe in TOES.items():
        foot = body[toe] - body[H36M17.index(ankle)]
        assert foot @ FRAME[0, 2] > 0.8 * foot.norm() and foot.norm() == pytest.approx(0.2, abs=0.05)
