"""W&B that is never fatal."""

import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import offline_run
import pytest
from fake_wandb_run import CHARTS, FEW, FakeRun, fit, make_fake_wandb, make_toy

from dance3d.training import fit as training
from dance3d.training.loggers.wandb_log import RunLabels, WandbLog, wandb_mode


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path):
    return make_toy(monkeypatch, tmp_path)


@pytest.fixture
def fake_wandb(monkeypatch):
    return make_fake_wandb(monkeypatch)


@pytest.mark.parametrize(
    ("mode", "environment", "expected"),
    [
        ("auto", {}, "offline"),
        ("auto", {"WANDB_API_KEY": "k"}, "online"),
        ("auto", {"WANDB_API_KEY": "k", "WANDB_MODE": "offline"}, "offline"),
        ("auto", {"WANDB_MODE": "disabled"}, "off"),
        ("online", {"WANDB_MODE": "disabled"}, "online"),
        ("off", {"WANDB_API_KEY": "k"}, "off"),
    ],
)
def test_auto_is_online_only_with_a_key(monkeypatch, mode, environment, expected):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wandb_mode(mode) == expected


def test_a_key_in_netrc_counts(monkeypatch, tmp_path):
    path = tmp_path / "netrc"
    path.write_text("machine api.wandb.ai login user password secret\n")
    monkeypatch.setenv("NETRC", str(path))
    assert wandb_mode("auto") == "online"
    path.write_text("not a netrc\n")
    assert wandb_mode("auto") == "offline"


def test_an_unknown_wandb_mode_in_the_environment_is_named(monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "perhaps")
    with pytest.raises(ValueError, match="WANDB_MODE is 'perhaps'; choose from online"):
        wandb_mode("auto")


@pytest.mark.parametrize("fails", ["config", "log", "artifact", "finish", "define"])
def test_a_service_that_dies_is_said_once_and_training_ends_well(tmp_path, fake_wandb, caplog, fails):
    fake_wandb.run = FakeRun(fails)
    assert fit(tmp_path).exists()
    assert caplog.text.count("W&B stopped (BrokenPipeError: the service is gone)") == 1
    assert "val/loss" in (tmp_path / "logs/version_0/metrics.csv").read_text()


def test_without_wandb_installed_training_ends_well(tmp_path, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "wandb", None)
    assert fit(tmp_path).exists()
    assert "W&B stopped (ModuleNotFoundError" in caplog.text


def test_no_network_goes_on_offline(tmp_path, fake_wandb, caplog):
    fake_wandb.refuse = [fake_wandb.errors.CommError("no route")]
    fit(tmp_path, wandb="online")
    assert fake_wandb.modes == ["online", "offline"] and "going on offline" in caplog.text
    assert fake_wandb.run.logged()


def test_off_does_not_touch_wandb(tmp_path, fake_wandb):
    fit(tmp_path, wandb="off")
    assert fake_wandb.modes == []


def test_the_real_wandb_writes_offline_without_a_key(tmp_path):
    pytest.importorskip("wandb")
    logger = WandbLog(tmp_path, "dance3d", RunLabels("test"), "offline")
    logger.log_hyperparams({"a": 1})
    logger.log_metrics({"val/loss": 0.5}, step=3)
    logger.log_pictures({"val/grey": np.full((8, 8, 3), 128, np.uint8)}, step=3)
    logger.log_charts(CHARTS, step=3)
    assert logger.version
    logger.finalize("success")
    assert list(tmp_path.glob("wandb/offline-run-*/*.wandb")) and list(tmp_path.glob("wandb/**/*.png"))
    tables = [json.loads(path.read_text()) for path in tmp_path.glob("wandb/**/*.table.json")]
    assert {"true", "answered", "times"} in [set(one["columns"]) for one in tables] and len(tables) == len(CHARTS)


def test_a_relative_folder_is_one_of_this_process(tmp_path, monkeypatch):
    pytest.importorskip("wandb")
    for place in (tmp_path / "before", tmp_path / "now"):  # W&B's own process stays where the first run began
        place.mkdir()
        monkeypatch.chdir(place)
        logger = WandbLog(Path("run"), "dance3d", RunLabels("test"), "offline")
        logger.log_metrics({"val/loss": 0.5}, step=3)
        logger.finalize("success")
        assert list(place.glob("run/wandb/offline-run-*/*.wandb")), place.name


def offline_runs(folder):
    """The records of W&B's offline runs by kind, oldest run first; its process writes the last of them when it can."""
    for path in sorted(folder.glob("wandb/offline-run-*/*.wandb"), key=lambda path: path.stat().st_mtime_ns):
        end = time.monotonic() + 30
        while not (read := by_kind(path))["exit"]:
            assert time.monotonic() < end, f"{path} does not end"
            time.sleep(0.05)
        yield read


def by_kind(path):
    pytest.importorskip("wandb.proto.wandb_internal_pb2")
    read = defaultdict(list)
    for kind, content in offline_run.by_kind(path):
        read[kind].append(content)
    return read


def run_ids(folder):
    return [read["run"][0].run_id for read in offline_runs(folder)]


def test_variables_of_the_environment_win_over_our_names(tmp_path, fake_wandb, monkeypatch):
    monkeypatch.setenv("WANDB_TAGS", "mine")
    fit(tmp_path, wandb="offline")
    assert fake_wandb.given["group"] == tmp_path.name and "tags" not in fake_wandb.given


def test_a_run_is_found_by_its_names_and_shows_its_best_value_and_its_weights(tmp_path):
    pytest.importorskip("wandb")
    fit(tmp_path / "key", wandb="offline", **{"trainer.log_every_n_steps": 1})
    time.sleep(1.1)
    configs = ["-c", str(training.config("base"))]
    assert training.main("toy", ["test", *configs, "--wandb=offline", f"--run_folder={tmp_path / 'key'}"]) == 0
    fitted, tested = offline_runs(tmp_path / "key")
    for read, job in ((fitted, "train"), (tested, "test")):
        run = read["run"][0]
        assert (run.display_name, run.run_group, run.job_type, list(run.tags)) == ("toy-key", "key", job, ["toy"])
    logged = {"/".join(item.nested_key) or item.key for row in fitted["history"] for item in row.item}
    figures = {"learning_rate", "gradient_norm", "steps_per_s", "peak_memory_mib"}
    assert {f"train/{name}" for name in figures} <= logged
    (best,) = [one for one in fitted["metric"] if one.name == "val/loss"]
    assert best.summary.min and not best.summary.max
    assert [(one.name, one.type) for one in fitted["artifact"]] == [("toy-data", "dataset"), ("toy-weights", "weights")]
    assert [entry.path for entry in fitted["artifact"][1].manifest.contents] == ["weights.safetensors"]
    assert not tested["artifact"] and tested["run"][0].run_id != (tmp_path / "key/wandb_run.txt").read_text().strip()


def test_a_training_that_goes_on_is_the_same_run_of_wandb_and_a_new_one_is_another(tmp_path, monkeypatch):
    pytest.importorskip("wandb")
    fit(tmp_path, wandb="offline", **{"trainer.max_epochs": 1})
    time.sleep(1.1)  # the folder of an offline run is named by the second
    fit(tmp_path, wandb="offline")
    assert run_ids(tmp_path) == 2 * [(tmp_path / "wandb_run.txt").read_text().strip()]
    training.fit("toy", {**FEW, "wandb": "offline"}, [training.config("base")], tmp_path, resume=False)
    first, second, third = run_ids(tmp_path)
    assert first == second != third == (tmp_path / "wandb_run.txt").read_text().strip()
    assert (tmp_path / "earlier/1/wandb_run.txt").read_text().strip() == first


def test_a_foreign_name_of_a_run_is_not_used(tmp_path, fake_wandb, caplog):
    (tmp_path / "wandb_run.txt").write_text("../../etc")
    logger = WandbLog(tmp_path, "dance3d", RunLabels("test"), "offline", resume=True)
    logger.log_metrics({"val/loss": 0.5}, step=3)
    assert "names no run of W&B" in caplog.text and logger.version == "r1"
