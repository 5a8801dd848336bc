"""P17: nothing that is not finite gets into weights or checkpoints; ``test_p17_finite_losses.py`` has the losses.

Seen to fail under the mutations of ``mutations/p17.yaml``: no look at the loss, no look at the weights, weights files
that are written or read whatever they hold.
"""

import numpy as np
import pytest
import torch
from toy_runs import BASE, FEW, fit, last, make_toy
from toy_stage import ToyModule

from dance3d.io import weights
from dance3d.training import fit as training


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    return make_toy(monkeypatch)


def run(folder, *given):
    few = [f"--{name}={value}" for name, value in FEW.items()]
    return training.main("toy", ["fit", "-c", str(BASE), *few, f"--run_folder={folder}", *given])


def finite(state):
    return all(bool(torch.isfinite(value).all()) for value in state.values())


@pytest.mark.parametrize("step", [0, 2, 7])
def test_a_loss_that_is_not_finite_ends_the_training_and_spares_what_is_good(tmp_path, caplog, step):
    assert run(tmp_path, f"--model.poison={step}") == 5 and "the loss is not finite" in caplog.text
    files = list((tmp_path / "checkpoints").glob("*.ckpt"))
    assert all(finite(torch.load(path, weights_only=True)["state_dict"]) for path in files)
    assert not (tmp_path / "weights.safetensors").exists() and bool(files) == (step > 5)


def test_weights_that_turn_into_nan_behind_a_finite_loss_are_not_saved(tmp_path, monkeypatch, caplog):
    fit(tmp_path, **{"trainer.max_epochs": 1})
    before = (tmp_path / "weights.safetensors").read_bytes()

    def spoil(self):
        if self.current_epoch == 1:
            self.net[0].weight.data[0] = np.nan

    monkeypatch.setattr(ToyModule, "on_train_epoch_end", spoil)
    assert run(tmp_path, "--resume=true", "--trainer.limit_val_batches=0") == 5
    assert "weights 'net.0.weight' are not finite" in caplog.text
    assert finite(last(tmp_path)["state_dict"]) and last(tmp_path)["global_step"] == 5
    assert (tmp_path / "weights.safetensors").read_bytes() == before


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_weights_file_with_such_values_is_neither_written_nor_read(tmp_path, monkeypatch, value):
    arrays = {"a": np.ones(3, np.float32), "b": np.array([1, value], np.float32)}
    with pytest.raises(ValueError, match="weights 'b' of toy are not finite"):
        weights.save(tmp_path / "a.safetensors", arrays, "toy", {})
    assert not list(tmp_path.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(weights, "_not_finite", lambda arrays: "")
        weights.save(tmp_path / "a.safetensors", arrays, "toy", {})
    with pytest.raises(ValueError, match="weights 'b' are not finite"):
        weights.load(tmp_path / "a.safetensors", "toy")
