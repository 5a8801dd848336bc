import numpy as np
import pytest
import torch

from dance3d.contracts import MotionClip
from dance3d.stages.lift.augment import Augment, make_batch
from dance3d.stages.lift.data import LiftData, join_takes
from dance3d.stages.lift.load import load
from dance3d.stages.lift.model import Lifter
from dance3d.stages.lift.module import LiftModule
from dance3d.stages.lift.nets.videopose3d import VideoPose3D
from dance3d.training import fit as training


def takes():
    rng = np.random.default_rng(0)
    body = rng.uniform([-0.3, 0, -0.3], [0.3, 1.7, 0.3], (17, 3))
    xyz = body + np.cumsum(rng.normal(0, 0.01, (200, 17, 3)), axis=0)
    return join_takes([MotionClip(xyz, 30.0, "a", "a", "salsa")])


def test_defaults_of_module_and_data_fit_each_other():
    assert (
        Lifter(**{k: LiftModule().hparams[k] for k in ("width", "taps")}).receptive - 1 == LiftData().hparams["context"]
    )


def test_it_learns_and_exports_what_predict_reads(tmp_path):
    torch.manual_seed(0)
    module = LiftModule(width=64, average=0.5, dropout=0.0)
    module.log = module.log_dict = lambda *a, **k: None  # no trainer here
    optimizer = torch.optim.AdamW(module.net.parameters(), lr=3e-3)
    data, generator = takes(), torch.Generator().manual_seed(0)
    losses = []
    for _ in range(30):
        batch = make_batch(data, Augment(0.0, 0.0), 8, 40, generator)
        loss = module.training_step(batch, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        module.on_train_batch_end(None, batch, 0)
        losses.append(float(loss.detach()))
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])
    module.export(tmp_path / "lift.safetensors")
    net, features = load(tmp_path / "lift.safetensors"), torch.randn(1, 30, 52)
    features[..., 2:-1:3] = 1
    with torch.no_grad():
        torch.testing.assert_close(net(features), module.averaged.eval()(features), atol=5e-3, rtol=1e-2)
    module.validation_step(batch, 0)
    scores = module.val_scores.compute()
    names = ("mpjpe_mm", "p_mpjpe_mm", "n_mpjpe_mm", "mpjve_mm", "acceleration_mm")
    assert set(scores) == {f"val/{name}" for name in names}
    assert 0 < scores["val/p_mpjpe_mm"] <= scores["val/mpjpe_mm"]


@pytest.mark.parametrize("causal", [False, True])
def test_the_papers_structure_learns_from_windows_with_one_target(causal, tmp_path):
    torch.manual_seed(0)
    module = LiftModule(width=64, net="videopose3d", causal=causal, average=0.0, velocity=0.0, bones=0.0, dropout=0.0)
    module.log = module.log_dict = lambda *a, **k: None
    optimizer = torch.optim.AdamW(module.net.parameters(), lr=3e-3, weight_decay=0.0, amsgrad=True)
    data, generator, losses = takes(), torch.Generator().manual_seed(0), []
    for _ in range(30):
        batch = make_batch(data, Augment(0.0, 0.0), 64, 27, generator)
        loss = module.training_step(batch, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])
    module.average.update_parameters(module.net)
    module.eval().export(tmp_path / "lift.safetensors")
    net = load(tmp_path / "lift.safetensors")
    assert isinstance(net, VideoPose3D) and net.causal is causal and net.fps == 30.0
    seen = torch.rand(1, 40, 34)
    with torch.no_grad():
        torch.testing.assert_close(net(seen), module.averaged(seen), atol=5e-3, rtol=1e-2)


def test_targets_of_a_causal_net_are_the_last_frames():
    batch = make_batch(takes(), Augment(), 2, 40, torch.Generator().manual_seed(0))
    for causal, frames in ((True, slice(26, 40)), (False, slice(13, 27))):
        net = LiftModule(width=16, causal=causal).net
        assert torch.equal(net.inner(batch.xyz), batch.xyz[:, frames])


def test_the_command_goes_on_from_given_weights_and_refuses_those_of_another_net(tmp_path):
    common = tmp_path / "common.safetensors"
    LiftModule(width=16).export(common)
    given = {
        "trainer.accelerator": "cpu",
        "trainer.precision": "32-true",
        "trainer.max_epochs": 1,
        "trainer.limit_val_batches": 0,
        "optimizer.lr": 0.0,
        "data": {"minutes": 0.5, "batch": 2, "steps": 1, "only": ["salsa"]},
        "wandb": "off",
    }
    configs = [training.config(name) for name in ("base", "lift", "lift_action")]
    model = {"width": 16, "start": str(common)}
    weights = training.fit("lift", {**given, "model": model}, configs, tmp_path / "run")
    one, other = load(common).state_dict(), load(weights).state_dict()
    assert all(torch.equal(value, other[name]) for name, value in one.items())  # nothing was learnt at rate 0
    with pytest.raises(ValueError, match=r"model.start .*common.safetensors has width 16, not 24"):
        training.fit("lift", {**given, "model": model | {"width": 24}}, configs, tmp_path / "other")
