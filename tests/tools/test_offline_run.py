"""What W&B is given, decoded: no key is lost and none comes unsaid."""

import offline_run
import pytest
from fake_wandb_run import finished_runs, make_toy

from dance3d.training import fit as training

SETTINGS = {
    "wandb": "offline",
    "trainer.max_epochs": 1,
    "trainer.check_val_every_n_epoch": 1,
    "trainer.log_every_n_steps": 1,
    "data.minutes": 0.1,
    "data.steps": 2,
    "model.width": 16,
}
GENRES = ("everyday", "indian", "martial", "modern", "salsa")
FIGURES = {
    *(f"train/{name}" for name in ("loss", "position", "velocity", "bones")),
    *(f"train/{name}" for name in ("learning_rate", "gradient_norm", "steps_per_s", "peak_memory_mib")),
    *(f"val/{name}_mm" for name in ("mpjpe", "p_mpjpe", "n_mpjpe", "mpjve", "acceleration")),
    *(f"val/{genre}/mpjpe_mm" for genre in GENRES),
    "epoch",
    "trainer/global_step",
}
PICTURES = {"val/pose", *(f"val/error_by_{name}" for name in ("joint", "frame", "depth", "genre"))}


def test_a_training_of_the_lifter_sends_these_and_no_others(tmp_path, monkeypatch, capsys):
    pytest.importorskip("wandb")
    make_toy(monkeypatch, tmp_path)
    training.fit("lift", SETTINGS, training.configs_of("lift", tiny=True), tmp_path)
    (path,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    (found,) = finished_runs(tmp_path, 1)
    assert {name for name in found.figures if name[0] != "_"} == FIGURES
    assert found.media == {**dict.fromkeys(PICTURES, "image-file"), "val/takes": "table-file"}
    kept = [(name, kind, files) for name, kind, files in found.artifacts if kind != "run_table"]
    assert kept == [("lift-data", "dataset", []), ("lift-weights", "weights", ["weights.safetensors"])]
    assert found.best == {"val/mpjpe_mm": "min"}
    assert offline_run.main([str(path)]) == 0 and "val/takes (table-file)" in capsys.readouterr().out


def test_an_artifact_that_was_sent_twice_is_told_once():
    tables = [("types", "run_table", ["types.table.json"])] * 2
    found = offline_run.Contents(artifacts=[*tables, ("motion-data", "dataset", [])])
    assert offline_run._sent(found) == ["types (run_table: types.table.json) x 2", "motion-data (dataset: no file)"]
