"""Loggers and callbacks that settings name, beside ours."""

import csv

import pytest
import toy_runs
import yaml
from fake_wandb_run import make_toy

from dance3d.training import fit as training


@pytest.fixture
def toy(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    make_toy(monkeypatch, tmp_path)

    def fit(logger, *more):
        few = [f"--{name}={value}" for name, value in {**toy_runs.FEW, "trainer.max_epochs": 1}.items()]
        (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"trainer": {"logger": logger}}))
        return training.main(
            "toy", ["fit", "-c", str(toy_runs.BASE), "-c", "mine.yaml", *few, "--run_folder=run", *more]
        )

    return fit


def logger(kind, **given):
    return {"class_path": f"lightning.pytorch.loggers.{kind}", "init_args": given}


def test_a_logger_of_csv_files_beside_ours(toy, tmp_path):
    assert toy([logger("CSVLogger", save_dir="mine", name="csv")]) == 0
    for path in ("mine/csv/version_0/metrics.csv", "run/logs/version_0/metrics.csv"):
        with (tmp_path / path).open() as file:
            assert any(row["val/loss"] for row in csv.DictReader(file))


def test_lightnings_own_logger_of_wandb_takes_the_place_of_ours(toy, tmp_path, monkeypatch):
    wandb = pytest.importorskip("wandb")
    wandb.teardown()  # Lightning says offline by the environment, which W&B reads once in a process
    monkeypatch.setenv("WANDB_MODE", "offline")
    assert toy([logger("WandbLogger", save_dir="mine", offline=True)], "--wandb=offline") == 0
    assert list(tmp_path.glob("mine/wandb/offline-run-*/*.wandb")) and not (tmp_path / "run/wandb").exists()
    assert list(tmp_path.glob("mine/wandb/**/*grey*.png")), "pictures go there, too"


def test_tensorboard_shows_figures_and_pictures(toy, tmp_path):
    pytest.importorskip("tensorboardX")
    assert toy([logger("TensorBoardLogger", save_dir="board", name="toy")]) == 0
    (events,) = tmp_path.glob("board/toy/version_0/events*")
    assert all(name in events.read_bytes() for name in (b"val/loss", b"val/grey", b"PNG"))


def test_mlflow_keeps_figures_settings_and_pictures(toy, tmp_path):
    mlflow = pytest.importorskip("mlflow")
    store = f"sqlite:///{tmp_path}/mlflow.db"  # a folder, which the logger takes unasked, is refused since MLflow 3
    assert toy([logger("MLFlowLogger", experiment_name="toy", tracking_uri=store)]) == 0
    client = mlflow.MlflowClient(store)
    (run,) = client.search_runs([client.get_experiment_by_name("toy").experiment_id])
    assert run.data.metrics["val/loss"] > 0 and run.data.params
    assert any("grey" in one.path for one in client.list_artifacts(run.info.run_id, "images"))


def test_a_logger_whose_package_is_missing_is_one_line(toy, caplog, monkeypatch):
    monkeypatch.setattr("lightning.pytorch.loggers.mlflow._MLFLOW_AVAILABLE", False)
    assert toy([logger("MLFlowLogger")]) == 2
    (error,) = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert "mlflow" in error.lower() and "\n" not in error


def test_no_logger_at_all_and_a_rate_monitor_of_ones_own(toy, tmp_path):
    assert toy(False) == 0 and not (tmp_path / "run/logs").exists()
    monitor = ["--trainer.callbacks+=LearningRateMonitor", "--trainer.callbacks.logging_interval=epoch"]
    assert toy([], *monitor) == 0
    with (tmp_path / "run/logs/version_0/metrics.csv").open() as file:
        assert sum(bool(row["train/learning_rate"]) for row in csv.DictReader(file)) == 1
