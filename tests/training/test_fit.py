"""The harness, with a stage of a few numbers through the real command line."""

import signal
from dataclasses import replace

import numpy as np
import pytest
import torch
import yaml
from safetensors.numpy import load_file
from toy_runs import BASE, FEW, assert_equal_runs, fit, last, make_toy

from dance3d import registry
from dance3d.contracts import Movements
from dance3d.io import artefacts, weights
from dance3d.training import checkpoint_files
from dance3d.training import fit as training


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    return make_toy(monkeypatch)


def args(folder, *given):
    few = [f"--{name}={value}" for name, value in FEW.items()]
    return ["fit", "-c", str(BASE), *few, f"--run_folder={folder}", *given]


def test_fit_leaves_weights_checkpoints_figures_and_the_resolved_config(tmp_path):
    path = fit(tmp_path)
    arrays, config = weights.load(path, "toy")
    assert config == {"width": 8} and all(np.isfinite(array).all() for array in arrays.values())
    assert checkpoint_files.valid(tmp_path / "checkpoints/best.ckpt") and checkpoint_files.valid(
        tmp_path / "checkpoints/last.ckpt"
    )
    log = tmp_path / "logs/version_0"
    assert "val/loss" in (log / "metrics.csv").read_text()
    assert yaml.safe_load((log / "config.yaml").read_text())["trainer"]["gradient_clip_val"] == 1.0
    assert (tmp_path / "pictures/val-grey.png").exists()
    assert not list(tmp_path.glob(".weights*")) and not (tmp_path / "checkpoints/next.ckpt").exists()


def test_the_best_weights_are_exported_and_not_the_last(tmp_path):
    path = fit(tmp_path, **{"checkpoint.mode": "max"})  # the worst epoch counts as best
    best = torch.load(tmp_path / "checkpoints/best.ckpt", weights_only=True)["state_dict"]
    arrays = load_file(path)
    assert all(np.array_equal(arrays[name.removeprefix("net.")], value.numpy()) for name, value in best.items())
    assert any(not torch.equal(best[name], value) for name, value in last(tmp_path)["state_dict"].items())


@pytest.fixture(scope="module")
def unstopped(tmp_path_factory):
    """A run that nobody stops, for every number of workers."""
    made = {}

    def ask(workers):
        if workers not in made:
            made[workers] = tmp_path_factory.mktemp("unstopped") / "whole"
            fit(made[workers], **{"data.num_workers": workers, "lr_scheduler.warmup": 0.3})
        return made[workers]

    return ask


@pytest.mark.parametrize(
    ("kill", "workers"),
    [(2, 0), (4, 0), (7, 0), (10, 0), (7, 2)],
    ids=["in epoch 0", "end of epoch 0", "in epoch 1", "start of epoch 2", "in epoch 1 with workers"],
)
def test_going_on_after_a_signal_equals_never_having_stopped(unstopped, tmp_path, kill, workers):
    given = {"data.num_workers": workers, "lr_scheduler.warmup": 0.3}
    whole = unstopped(workers)
    with pytest.raises(KeyboardInterrupt, match=r"stopped by SIGTERM; resume from .*last\.ckpt"):
        fit(tmp_path / "two", **given, model={"kill": kill})
    assert not (tmp_path / "two/weights.safetensors").exists()
    fit(tmp_path / "two", **given)
    assert_equal_runs(whole, tmp_path / "two")
    assert (tmp_path / "two/logs/version_1/metrics.csv").exists()  # figures of before the stop are kept


def test_the_best_of_an_earlier_run_in_the_folder_is_not_exported(tmp_path):
    fit(tmp_path)
    path = fit(tmp_path, resume=False, **{"trainer.limit_val_batches": 0, "seed_everything": 2})
    arrays = load_file(path)
    final = last(tmp_path)["state_dict"]
    assert all(np.array_equal(arrays[name.removeprefix("net.")], value.numpy()) for name, value in final.items())


def test_more_epochs_go_on_where_the_run_ended(tmp_path):
    fit(tmp_path, **{"trainer.max_epochs": 1})
    fit(tmp_path, **{"trainer.max_epochs": 2})
    assert last(tmp_path)["epoch"] == 1 and last(tmp_path)["global_step"] == 10
    assert last(tmp_path)["optimizer_states"][0]["param_groups"][0]["lr"] == pytest.approx(1e-3 * 0.01)  # cosine's end


def test_a_finished_run_is_not_trained_again_and_a_fresh_one_is(tmp_path):
    fit(tmp_path)
    before = last(tmp_path)["state_dict"]
    path = fit(tmp_path)
    assert path.exists() and all(torch.equal(before[n], v) for n, v in last(tmp_path)["state_dict"].items())
    fit(tmp_path, resume=False, **{"trainer.max_epochs": 1})
    assert last(tmp_path)["global_step"] == 5


def test_a_loss_that_is_not_finite_stops_and_spares_the_good_weights(tmp_path, caplog):
    fit(tmp_path, **{"trainer.max_epochs": 1})
    before = {p: p.read_bytes() for p in (tmp_path / "checkpoints").iterdir()}
    assert training.main("toy", args(tmp_path, "--resume=true", "--model.poison=7")) == 5
    assert "the loss is not finite" in caplog.text and "epoch 1" in caplog.text
    after = {p: p.read_bytes() for p in (tmp_path / "checkpoints").iterdir()}
    assert {p for p in before if p.name != "previous.ckpt"} <= set(after)
    assert all(torch.isfinite(v).all() for v in last(tmp_path)["state_dict"].values())
    assert last(tmp_path)["global_step"] == 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_saves_and_gives_its_own_exit_code(tmp_path, number, caplog):
    before = signal.getsignal(number)
    assert training.main("toy", args(tmp_path, "--model.kill=2", f"--model.signal={int(number)}")) == 128 + number
    assert "--resume true" in caplog.text and last(tmp_path)["global_step"] == 3
    assert signal.getsignal(number) == before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--model.widht=3"], "model.widht"),
        (["--model.width=wide"], "model.width"),
        (["--model.width=-5"], "these settings build no net: Trying to create tensor"),
        (["--data.count=0"], "data.count is 0"),
        (["-c", "no_such.yaml"], "config 'no_such.yaml' is not known; choose from base"),
        (["--lr_scheduler.warmup=3"], "lr_scheduler.warmup is 3"),
        (["--optimizer.fused=true", "--optimizer.foreach=true"], "these settings build no optimizer"),
        (["--optimizer.differentiable=true"], "optimizer.differentiable is true"),
        (["--trainer.accumulate_grad_batches=0"], "trainer.accumulate_grad_batches is 0"),
        (["--trainer.limit_val_batches=7.5"], "dance3d toy: You have passed invalid value 7.5 for limit_val_batches"),
        (["--trainer.callbacks+=EarlyStopping", "--trainer.callbacks.monitor=no"], "Early stopping conditioned on"),
        (["--ckpt_path=gone.ckpt"], "gone.ckpt is no whole checkpoint"),
        (["--wandb=sometimes"], "wandb"),
    ],
)
def test_a_wrong_setting_is_one_line_and_exit_code_2(tmp_path, caplog, capsys, given, said):
    assert training.main("toy", args(tmp_path, *given)) == 2
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1 and "\n" not in errors[0] and said in errors[0]
    assert "Traceback" not in capsys.readouterr().err


def test_a_stage_that_is_not_trained_says_which_are(tmp_path, monkeypatch):
    monkeypatch.setitem(registry.STAGES, "keypoints", replace(registry.get("keypoints"), module=""))
    with pytest.raises(ValueError, match="'keypoints' is not trained; choose from lift, detect, motion, genre"):
        training.fit("keypoints", {}, [], tmp_path)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("machine", ["gpu", "ddp"])
def test_a_gpu_that_is_asked_for_and_missing_is_a_clear_error(tmp_path, machine):
    given = {name: value for name, value in FEW.items() if name != "trainer.accelerator"}
    with pytest.raises(ValueError, match=r"trainer\.accelerator 'gpu' does not work here"):
        training.fit("toy", given, [BASE, training.config(f"machine/{machine}")], tmp_path)


def test_the_gpu_config_trains_in_bf16_on_a_processor_too(tmp_path):
    path = training.fit("toy", FEW, [BASE, training.config("machine/gpu")], tmp_path)
    assert all(array.dtype == np.float32 for array in load_file(path).values())


def test_validate_test_and_predict_use_the_runs_own_weights_and_settings(tmp_path, capsys):
    fit(tmp_path, **{"model.width": 5})  # not the default width: it has to come from the checkpoint
    where = [f"--run_folder={tmp_path}", "--trainer.accelerator=cpu"]
    assert training.main("toy", ["validate", *where]) == 0
    shown = capsys.readouterr().out
    best = min(float(line.split(",")[-1]) for line in metrics(tmp_path, "val/loss"))
    assert "val/loss" in shown and f"{best:.4f}" in shown
    assert training.main("toy", ["test", *where]) == 0
    assert training.main("toy", ["predict", *where]) == 0
    files = sorted((tmp_path / "predictions").iterdir())
    assert [file.name for file in files] == [f"{i:04d}.npz" for i in range(5)]
    assert artefacts.load(files[0], Movements).frames == 8


def metrics(folder, name):
    import csv

    with (folder / "logs/version_0/metrics.csv").open() as file:
        return [row[name] for row in csv.DictReader(file) if row[name]]


def test_without_trained_weights_validate_refuses(tmp_path, caplog):
    assert training.main("toy", ["validate", f"--run_folder={tmp_path}"]) == 2
    assert "needs trained weights" in caplog.text


def test_a_command_line_beats_the_yaml_and_the_yaml_beats_the_checkpoint(tmp_path, caplog):
    fit(tmp_path, **{"model.width": 5})
    file = tmp_path / "wide.yaml"
    file.write_text("model: {width: 6}\n")
    for start, (given, width) in enumerate(
        [([], 5), (["-c", str(file)], 6), (["-c", str(file), "--model.width=7"], 7)]
    ):
        code = training.main("toy", ["validate", f"--run_folder={tmp_path}", *given])
        assert code == (0 if width == 5 else 2)
        resolved = yaml.safe_load((tmp_path / f"logs/version_{start + 1}/config.yaml").read_text())
        assert resolved["model"]["width"] == width
    assert "the checkpoint does not fit" in caplog.text and "net.0.weight" in caplog.text
