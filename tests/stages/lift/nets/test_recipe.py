"""VideoPose3D's recipe through the real command line."""

import pytest
import torch
from torch import nn

from dance3d.stages.lift.load import load
from dance3d.stages.lift.nets.videopose3d import VideoPose3D
from dance3d.training import fit as training


def test_the_recipe_of_the_paper_trains_as_it_says(tmp_path, monkeypatch):
    seen = []
    step = VideoPose3D.strided

    def strided(net, windows):
        if net.training:
            seen.append((tuple(windows.shape), net.expand_bn.momentum))
        return step(net, windows)

    monkeypatch.setattr(VideoPose3D, "strided", strided)
    small = {"model.width": 16, "data.batch": 8, "data.steps": 2, "data.minutes": 0.5, "trainer.max_epochs": 2}
    few = {"trainer.limit_val_batches": 1, "trainer.check_val_every_n_epoch": 1, "trainer.accelerator": "cpu"}
    given = {"data.source": "synth", **small, **few}
    configs = [training.config("base"), training.config("lift_videopose3d")]
    net = load(training.fit("lift", given, configs, tmp_path))
    assert isinstance(net, VideoPose3D) and net.config["dropout"] == 0.25 and net.fps == 30.0
    assert [shape for shape, _ in seen] == [(8, 27, 34)] * 4
    assert [momentum for _, momentum in seen] == pytest.approx([0.1, 0.1, 0.01, 0.01])
    stored = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    group = stored["optimizer_states"][0]["param_groups"][0]
    assert group["amsgrad"] and group["weight_decay"] == 0
    assert group["lr"] == pytest.approx(1e-3 * 0.0165)
    assert all(torch.isfinite(m.running_var).all() for m in net.modules() if isinstance(m, nn.BatchNorm1d))
