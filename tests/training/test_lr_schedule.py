import csv

import numpy as np
import pytest
import toy_runs

from dance3d.training import fit as training
from dance3d.training.lr_schedule import RATE, Cosine


def test_the_schedule_warms_up_falls_and_ends_at_its_floor():
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=2.0)
    schedule = Cosine(optimizer, warmup=0.1, final=0.1)
    schedule.stretch(100)
    shares = [schedule.share(step) for step in range(101)]
    assert optimizer.param_groups[0]["lr"] == pytest.approx(2.0 * shares[0]) and 0 < shares[0] < 0.1
    assert shares[10] == 1 and shares[55] == pytest.approx(0.55) and shares[100] == pytest.approx(0.1)
    assert np.all(np.diff(shares[:11]) > 0)
    assert np.all(np.diff(shares[10:]) < 0)
    with pytest.raises(ValueError, match=r"lr_scheduler\.final is 2"):
        Cosine(optimizer, final=2)


def test_a_geometric_fall_multiplies_by_the_same_factor_in_every_step():
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = Cosine(optimizer, final=0.95**8, geometric=True)
    schedule.stretch(8)
    assert [schedule.share(step) for step in range(10)] == pytest.approx([0.95 ** min(step, 8) for step in range(10)])
    with pytest.raises(ValueError, match="never reaches"):
        Cosine(optimizer, geometric=True)


@pytest.fixture
def toy(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    toy_runs.make_toy(monkeypatch)
    few = [f"--{name}={value}" for name, value in toy_runs.FEW.items()]
    return lambda *more: training.main("toy", ["fit", "-c", str(toy_runs.BASE), *few, "--run_folder=run", *more])


SGD = "optimizer:\n  class_path: torch.optim.SGD\n  init_args: {lr: 0.05, momentum: 0.9}\n"
STEPS = "lr_scheduler: {class_path: torch.optim.lr_scheduler.StepLR, init_args: {step_size: 1, gamma: 0.5}}\n"


def test_another_optimiser_and_schedule_from_yaml_or_the_command_line(toy, tmp_path):
    (tmp_path / "mine.yaml").write_text(SGD + STEPS)
    assert toy("-c", "mine.yaml") == 0
    group = toy_runs.last(tmp_path / "run")["optimizer_states"][0]["param_groups"][0]
    assert group["momentum"] == 0.9 and group["initial_lr"] == 0.05 and group["lr"] == pytest.approx(0.05 / 8)
    words = ["--lr_scheduler=StepLR", "--lr_scheduler.step_size=2"]
    assert toy("--optimizer=torch.optim.SGD", "--optimizer.lr=0.1", *words) == 0
    group = toy_runs.last(tmp_path / "run")["optimizer_states"][0]["param_groups"][0]
    assert group["momentum"] == 0 and group["lr"] == pytest.approx(0.01), "a tenth after two of three epochs"


def test_another_optimiser_goes_on_where_it_stopped(toy, tmp_path, caplog):
    (tmp_path / "mine.yaml").write_text(SGD)
    assert toy("-c", "mine.yaml", "--trainer.max_epochs=1") == 0
    assert toy("--optimizer=SGD", "--resume=true") == 0
    group = toy_runs.last(tmp_path / "run")["optimizer_states"][0]["param_groups"][0]
    assert group["momentum"] == 0.9 and group["initial_lr"] == 0.05, "as in the checkpoint"
    assert toy("--resume=true", "--trainer.max_epochs=4") == 2
    assert "the checkpoint is of another optimizer than AdamW: it has no" in caplog.text


def test_a_schedule_that_watches_a_score(toy, tmp_path):
    words = ["--lr_scheduler=ReduceLROnPlateau", "--lr_scheduler.monitor=val/loss", "--lr_scheduler.patience=0"]
    assert toy(*words, "--lr_scheduler.threshold=100", "--trainer.max_epochs=4") == 0
    assert toy_runs.last(tmp_path / "run")["optimizer_states"][0]["param_groups"][0]["lr"] < 1e-3


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--optimizer=SGD", "--optimizer.betas=[0.9,0.9]"], "betas"),
        (["--optimizer.lrr=1"], "lrr"),
        (["--optimizer=torch.nn.Linear"], "torch.nn.Linear"),
        (["--lr_scheduler.warm=1"], "warm"),
        (["--lr_scheduler=StepLR"], "step_size"),
        (["--optimizer=os.system"], "'os.system' is not imported"),
    ],
)
def test_a_wrong_class_or_setting_is_one_line(toy, caplog, words, says):
    assert toy(*words) == 2
    (error,) = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert says in error and "\n" not in error


def test_the_rate_is_logged_by_its_name_for_every_schedule(toy, tmp_path):
    assert toy("--lr_scheduler=StepLR", "--lr_scheduler.step_size=1", "--trainer.log_every_n_steps=1") == 0
    with (tmp_path / "run/logs/version_0/metrics.csv").open() as file:
        rates = [float(row[RATE]) for row in csv.DictReader(file) if row[RATE]]
    assert rates == pytest.approx(5 * [1e-3] + 5 * [1e-4] + 5 * [1e-5])
