"""Training of the keypoint net, its weights file, and the backend that runs on it."""

import numpy as np
import pytest
import torch

from dance3d.io import weights
from dance3d.lazy_import import resolve
from dance3d.registry import STAGES
from dance3d.stages.keypoints.data import SplitCrops
from dance3d.stages.keypoints.inference import infer, load
from dance3d.stages.keypoints.module import KeypointModule
from dance3d.training import fit as training


def test_a_net_learns_the_joints_of_a_few_crops(trained, crops):
    shown = SplitCrops(crops).batch(np.arange(8))
    found = infer(trained.averaged, shown.image.numpy())
    off = np.abs(found.xy - (shown.joints.numpy() + 1) * 32).mean()
    assert off < 1.5, "pixels of 64"
    assert found.score.mean() > 0.5


def test_a_net_may_start_from_the_weights_that_ship():
    shipped = load(weights.default("keypoints"))
    begun = KeypointModule(**{name: shipped.config[name] for name in ("size", "width", "depth")}, start="shipped")
    assert all(torch.equal(value, begun.net.state_dict()[name]) for name, value in shipped.state_dict().items())


def test_a_net_may_start_from_another_of_its_shape(file):
    begun = KeypointModule(64, 16, start=str(file))
    assert torch.equal(begun.net.head.weight, load(file).head.weight)
    with pytest.raises(ValueError, match="the settings say"):
        KeypointModule(64, 8, start=str(file))


def test_a_list_of_folders_is_understood_by_the_command_line(crops, tmp_path):
    args = ["fit", "-c", "configs/base.yaml", "-c", "configs/tiny/keypoints.yaml", f"--run_folder={tmp_path}"]
    folders = f'--data.crops=["{crops}", "{crops}"]'
    few = ["--trainer.max_epochs=1", "--data.steps=2", "--trainer.accelerator=cpu", "--model.width=8"]
    assert training.main("keypoints", [*args, folders, *few]) == 0
    assert (tmp_path / "weights.safetensors").is_file()
    assert resolve(STAGES["keypoints"].module) is KeypointModule
