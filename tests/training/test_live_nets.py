"""A net in training stays where it is: predictions, pictures and exports neither move it nor change its mode."""

from types import SimpleNamespace

import crop_sets
import pytest
import torch
from genre_tracks import track

from dance3d.benchmarks.lift.scores import score_net
from dance3d.contracts import Tracks
from dance3d.io import weights
from dance3d.stages.detect.data import DetectData
from dance3d.stages.detect.module import DetectModule
from dance3d.stages.genre.module import GenreModule
from dance3d.stages.keypoints.data import KeypointData
from dance3d.stages.keypoints.module import KeypointModule
from dance3d.stages.lift.module import LiftModule
from dance3d.stages.motion.module import MotionModule
from dance3d.synth.choreography import choreograph
from dance3d.synth.virtual_cameras import film

CLIP = choreograph("salsa", 2.0, 1)


def genre(folder):
    pose, moves = track("salsa", 1, 6.0)
    return GenreModule(("a", "b"), hidden=8), Tracks(lift=[pose], motion=[moves])


def motion(folder):
    module = MotionModule(hidden=8)
    module.build(None)
    return module, Tracks(lift=[film([CLIP])[0].truth])


def lift(folder):
    return LiftModule(width=8), Tracks(keypoints=[film([CLIP])[0].keypoints])


def keypoints(folder):
    data = KeypointData(str(crop_sets.shots(folder, 2, 2)), scored=4)
    data.setup()
    return KeypointModule(64, 8), next(iter(data.predict_dataloader()))


def detect(folder):
    data = DetectData(str(crop_sets.shots(folder, 2, 2)))
    data.setup()
    return DetectModule(64, 16, prior=0), next(iter(data.predict_dataloader()))


def state(module):
    parts = {name: (part.training, id(part)) for name, part in module.named_modules()}
    return parts, {name: (id(p), p.requires_grad, p.detach().clone()) for name, p in module.named_parameters()}


@pytest.fixture
def moved(monkeypatch):
    """Every module that ``to``, ``cpu``, ``half`` and the like are called on."""
    found, apply = [], torch.nn.Module._apply
    monkeypatch.setattr(torch.nn.Module, "_apply", lambda self, *a, **k: found.append(self) or apply(self, *a, **k))
    return found


def same(before, after):
    return before[0] == after[0] and all(
        old[:2] == new[:2] and torch.equal(old[2], new[2])
        for old, new in zip(before[1].values(), after[1].values(), strict=True)
    )


@pytest.mark.parametrize("make", [genre, motion, lift, keypoints, detect], ids=lambda make: make.__name__)
def test_predictions_and_exports_leave_the_net_alone(make, moved, tmp_path):
    module, batch = make(tmp_path / "data")
    module._trainer = SimpleNamespace(datamodule=None)
    module.train()
    before = state(module)
    moved.clear()
    module.predict_step(batch, 0)
    module.export(tmp_path / "w.safetensors")
    assert not set(map(id, moved)) & set(map(id, module.modules()))
    assert same(before, state(module))
    weights.load(tmp_path / "w.safetensors", make.__name__)


def test_scoring_a_lifter_leaves_it_in_training():
    net = LiftModule(width=8).net.train()
    before = state(net)
    score_net([CLIP], 0.0, net)
    assert same(before, state(net))
