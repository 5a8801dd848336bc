"""A step of every config: in half precision, and on another device, which finds what was left on the CPU."""

from types import SimpleNamespace

import pytest
import torch
from other_device import AWAY, Away, other_device, send, send_module

from dance3d.benchmarks.machines.small_trainings import SMALL_TRAININGS, write_data
from dance3d.benchmarks.machines.worker import train
from dance3d.geometry import precision
from dance3d.training.stage_cli import StageCLI


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machines") / "data"
    write_data(folder)
    return folder


def made(name, folder, run, monkeypatch):
    """Module and data of a config, as its command line makes them, and what the module asks its trainer for."""
    monkeypatch.setattr(StageCLI, "_run_subcommand", lambda self, word: None)
    cli = StageCLI(
        SMALL_TRAININGS[name].stage, SMALL_TRAININGS[name].words("fit", folder, run, trainer__accelerator="cpu")
    )
    module, data = cli.model, cli.datamodule
    data.setup("fit")
    module._trainer = SimpleNamespace(
        datamodule=data, estimated_stepping_batches=10, global_step=9, current_epoch=9, ckpt_path=None
    )
    module.configure_model()
    for word in ("log", "log_dict"):
        monkeypatch.setattr(module, word, lambda *args, **kwargs: None)
    return module, data


def step(module, training, validation):
    """Train on one batch and score another; the loss."""
    module.on_train_epoch_start()
    loss = module.training_step(training, 0)
    loss.backward()
    with torch.no_grad():
        module.on_validation_epoch_start()
        module.validation_step(validation, 0)
        module.on_validation_epoch_end()
    return loss


QUICK = ("keypoints", "lift_semi", "detect", "motion", "genre")


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in SMALL_TRAININGS]
)
def test_a_step_works_in_half_precision_and_on_another_device(name, folder, tmp_path, monkeypatch):
    module, data = made(name, folder, tmp_path, monkeypatch)
    scored = module._trainer.val_dataloaders = data.val_dataloader()
    first = scored[0] if isinstance(scored, list) else scored  # keypoints without a truth come first
    batches = [data.on_after_batch_transfer(next(iter(loader)), 0) for loader in (data.train_dataloader(), first)]
    with torch.autocast("cpu", torch.bfloat16):
        loss = step(module, *batches)
    assert loss.dtype == torch.float32 and loss.isfinite()
    assert all(one.grad.isfinite().all() for one in module.parameters() if one.grad is not None)
    monkeypatch.setattr(precision, "WITHOUT_FLOAT64", {AWAY.type})
    send_module(module)._device = AWAY
    with other_device():
        loss = step(module, *map(send, batches))
    learned = [one for one in module.parameters() if one.grad is not None]
    assert isinstance(loss, Away) and learned and all(isinstance(one.grad, Away) for one in learned)


def test_what_is_left_on_the_cpu_is_found():
    with other_device(), pytest.raises(RuntimeError, match="tensors on two devices"):
        Away(torch.ones(3)) * torch.ones(3)


def test_float64_is_found_where_there_is_none(monkeypatch):
    monkeypatch.setattr(precision, "WITHOUT_FLOAT64", {AWAY.type})
    with other_device(), pytest.raises(TypeError, match="float64"):
        Away(torch.ones(3)).double()


@pytest.mark.gpu
@pytest.mark.parametrize("name", SMALL_TRAININGS)
def test_a_config_trains_on_a_gpu(name, folder, tmp_path):
    cli = train(name, folder, tmp_path, trainer__accelerator="gpu", trainer__precision="bf16-mixed")
    assert (tmp_path / "weights.safetensors").is_file() and cli.trainer.strategy.root_device.type == "cuda"
