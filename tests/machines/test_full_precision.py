"""Under autocast, what is true, cameras and losses are those of float32."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from dance3d import losses
from dance3d.benchmarks.machines.small_trainings import write_data
from dance3d.stages.detect.augment import Scenes
from dance3d.stages.detect.data import DetectData
from dance3d.stages.detect.evaluator import ScenePredictions, Scores
from dance3d.stages.detect.module import DetectModule
from dance3d.stages.detect.multiview_consensus import reach_consensus
from dance3d.stages.lift.data import LiftData
from dance3d.stages.lift.module import LiftModule
from dance3d.stages.lift.semi_supervised.data import SemiBatch, Unlabelled
from dance3d.stages.lift.semi_supervised.module import SemiModule

SMALL = {"width": 8, "taps": (3, 3)}


def both(compute):
    """What a function gives in float32, and under autocast with the same random numbers."""
    found = []
    for half in (False, True):
        torch.manual_seed(0)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            found.append(compute())
    return found


def close(exact, found):
    assert found.dtype == exact.dtype == torch.float32
    torch.testing.assert_close(found, exact, atol=1e-5, rtol=0)


@pytest.fixture(scope="module")
def batch():
    data = LiftData(minutes=0.05, only=("salsa",), chunk=8, context=8, batch=4, steps=1)
    data.setup()
    return data.on_after_batch_transfer(next(iter(data.train_dataloader())), 0)


def test_targets_and_velocities_of_the_lifter(batch, monkeypatch):
    module, seen = LiftModule(**SMALL), []
    monkeypatch.setattr(module, "weighted_sum", lambda parts: None)
    monkeypatch.setattr(module, "parts", lambda predicted, true: seen.append(true) or {})

    def targets():
        module.training_step(batch, 0)
        return seen.pop()

    exact, found = both(targets)
    close(exact, found)
    close(exact.diff(dim=1), found.diff(dim=1))
    still = torch.zeros_like(exact)
    close(*both(lambda: losses.velocity(still, exact)))


def test_root_and_reprojection_of_semi_supervised_training(batch, monkeypatch):
    module = SemiModule(**SMALL, warmup=0)
    module._trainer = SimpleNamespace(current_epoch=1)
    given = SemiBatch(batch, Unlabelled(batch.rays, batch.present))
    frames = module.net.inner(batch.xyz).shape[1]
    pose = torch.randn(8, frames, 17, 3, generator=torch.Generator().manual_seed(1)) / 3
    root = torch.tensor([0.0, 0.0, 5.0]).expand(8, frames, 1, 3)
    rotation = module.net.read(*(torch.cat([one, one]) for one in (batch.rays, batch.present)), None).rotation
    exact, found = both(lambda: module._terms(given, rotation, pose, root, True))
    assert set(exact) == {"position", "velocity", "bones", "bone_means", "trajectory", "reprojection"}
    for name, value in exact.items():
        close(value, found[name])


def test_input_of_the_lifter(batch):
    net = LiftModule(**SMALL).net
    for exact, found in zip(*both(lambda: net.read(batch.rays, batch.present, None)), strict=True):
        close(exact, found)


def test_cameras_and_targets_of_the_detector(tmp_path, monkeypatch):
    write_data(tmp_path / "data")
    data = DetectData(str(tmp_path / "data/crops"), str(tmp_path / "data/invented"), moments=2, bodies=2, steps=1)
    data.setup("fit")
    module, seen = DetectModule(size=64, width=16, prior=0), {}
    module.share = 0.7  # every loss of views has a weight
    given = data.on_after_batch_transfer(next(iter(data.train_dataloader())), 0)
    for name in ("log", "log_dict"):
        monkeypatch.setattr(module, name, lambda *args, **kwargs: None)
    monkeypatch.setattr(module, "_invented_terms", lambda found, invented, now: seen.update(joints=invented[2]) or {})
    monkeypatch.setattr(
        module,
        "_view_terms",
        lambda found, shown, *rest: seen.update(camera=shown.extrinsics, half=shown.half) or {"one": found.xyz.sum()},
    )

    def cameras():
        module.training_step(given, 0)
        return dict(seen)

    exact, found = both(cameras)
    assert set(exact) >= {"camera", "half"}
    for name, value in exact.items():
        close(value, found[name])


def test_predictions_are_those_of_float32(batch):
    data = LiftData(minutes=0.05, only=("salsa",))
    data.setup()
    track, module = next(iter(data.predict_dataloader())), LiftModule(**SMALL).eval()
    with torch.no_grad():
        exact, found = both(lambda: module.predict_step(track, 0)[0].xyz)
    assert np.array_equal(exact, found, equal_nan=True)


def test_truth_that_the_detector_is_scored_by():
    moments, views = 2, 3
    world, turn = torch.randn(moments, 17, 3), torch.linalg.qr(torch.randn(moments, views, 3, 3))[0]
    camera = torch.cat([turn, torch.tensor([0.0, 0.0, 4.0]).expand(moments, views, 3)[..., None]], -1)
    half, valid = torch.full((moments, views), 0.3), torch.ones(moments, views, dtype=torch.bool)
    nothing = torch.zeros(moments, views, 0, 0)
    scenes = Scenes(nothing, nothing, nothing, half, camera, valid, world, nothing, nothing)
    xyz, spread = torch.rand(moments, views, 17, 3), torch.ones(moments, views, 17)
    said = ScenePredictions(xyz, spread, reach_consensus(xyz, spread, half, camera, valid))

    def truth():
        scores = Scores()
        scores.add(scenes, said, 10.0)
        return scores.alone[0][1]

    close(*both(truth))
