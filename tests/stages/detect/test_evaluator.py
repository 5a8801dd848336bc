from types import SimpleNamespace

import crop_sets
import pytest
import torch
from pretended_gpu import GPU, PretendedGPU

from dance3d.skeleton import H36M17
from dance3d.stages.detect import evaluator
from dance3d.stages.detect.data import MomentDataset
from dance3d.stages.detect.evaluator import ScenePredictions, Scores, body_length, predict_scenes, scaled
from dance3d.stages.detect.model import HourglassNet, net_targets
from dance3d.stages.detect.multiview_consensus import reach_consensus, total_length


@pytest.fixture(scope="module")
def moments(tmp_path_factory):
    return MomentDataset(crop_sets.shots(tmp_path_factory.mktemp("shots"), moments=5, views=3))


@pytest.fixture(scope="module")
def scenes(moments):
    return moments.scenes(range(len(moments)))


def perfect(scenes, wrong=()):
    """What a net that knows everything says, with sides exchanged in the views ``wrong``."""
    xyz = net_targets(scenes.truth[:, None], scenes.extrinsics, scenes.half)
    xyz[:, list(wrong)] = xyz[:, list(wrong)][:, :, H36M17.swap]
    spread = torch.full(xyz.shape[:3], 0.05)
    return ScenePredictions(xyz, spread, reach_consensus(xyz, spread, scenes.half, scenes.extrinsics, scenes.valid))


def scored(scenes, said):
    scores = Scores()
    scores.add(scenes, said, float(total_length(scenes.truth).nanmean()))
    return scores.compute()


def test_perfect_answers_have_no_error(scenes):
    found = scored(scenes, perfect(scenes))
    for name in ("mpjpe", "p_mpjpe", "views.mpjpe", "views.p_mpjpe"):
        assert found[name] < 1.0, name  # mm
    assert found["ambiguity"] == found["flips"] == 0


def test_a_view_in_three_with_exchanged_sides_is_an_ambiguity_that_the_views_together_mend(scenes):
    found, three = scored(scenes, perfect(scenes, (1,))), scenes.valid.all(1)
    assert found["flips"] == pytest.approx(float(scenes.valid[:, 1].sum() / scenes.valid.sum()))
    assert three.any() and 0 < found["ambiguity"] <= 0.5 and found["mpjpe"] > 50
    assert found["views.mpjpe"] < 20


def test_moments_without_truth_do_not_count(scenes):
    blind = scenes._replace(truth=scenes.truth.clone())
    blind.truth[1:] = torch.nan
    good = perfect(scenes)
    assert scored(blind, good)["mpjpe"] < 1.0
    blind.truth[:] = torch.nan
    assert Scores().compute() == scored(blind._replace(valid=blind.valid), good) == {}


def test_the_length_of_a_body_is_measured_in_calibrated_views(moments, scenes, monkeypatch):
    said = perfect(scenes)
    monkeypatch.setattr(evaluator, "predict_scenes", lambda net, some: said)
    assert body_length(SimpleNamespace(), moments) == pytest.approx(float(total_length(scenes.truth).mean()), rel=0.02)
    monkeypatch.setattr(
        evaluator,
        "predict_scenes",
        lambda net, some: said._replace(agreed=said.agreed._replace(determined=said.agreed.determined & False)),
    )
    assert body_length(SimpleNamespace(), moments) is None, "nothing tells it where no joint is determined"


def test_answers_become_metres_of_a_body_that_long(scenes):
    xyz = perfect(scenes).xyz
    metres = scaled(xyz, scenes.half, 4.2)
    torch.testing.assert_close(total_length(metres), torch.full(scenes.half.shape, 4.2))
    assert torch.isfinite(scaled(torch.zeros_like(xyz), scenes.half, 4.2)).all()


def test_a_net_is_asked_about_every_view(scenes):
    torch.manual_seed(0)
    said = predict_scenes(HourglassNet(64, 16), scenes)
    assert said.xyz.shape == (*scenes.half.shape, 17, 3) and torch.isfinite(said.agreed.world).all()


def test_predictions_are_scored_where_they_lie(scenes):
    torch.manual_seed(0)
    net = HourglassNet(scenes.image.shape[2], 16, 1, 8).eval()
    expected = scored(scenes, predict_scenes(net, scenes))
    with PretendedGPU():
        there = type(scenes)(*(part.to(GPU) for part in scenes))
        predicted = predict_scenes(net.to(GPU), there)
        assert predicted.xyz.device == predicted.agreed.world.device == GPU
        assert scored(there, predicted) == pytest.approx(expected, rel=1e-3, abs=1e-3)
