"""The net of the extremities."""

from __future__ import annotations

import torch

from dance3d.stages.lift.extremities.features import POINTS, width
from dance3d.stages.lift.extremities.model import ExtremityNet, run


def test_answers_are_unit_vectors_of_every_frame() -> None:
    net = ExtremityNet(channels=8).eval()
    for kind, points in POINTS.items():
        found = run(net, torch.randn(5, width(kind)), kind)
        assert found.shape == (5, points, 3)
        torch.testing.assert_close(found.norm(dim=-1), torch.ones(5, points))


def test_an_answer_depends_on_frames_nearby_alone() -> None:
    net = ExtremityNet(channels=8).eval()
    seen = torch.randn(60, width("foot"))
    changed = seen.clone()
    changed[:30] += 1
    one, other = run(net, seen, "foot"), run(net, changed, "foot")
    assert not torch.allclose(one[42], other[42]) and torch.equal(one[43:], other[43:])
