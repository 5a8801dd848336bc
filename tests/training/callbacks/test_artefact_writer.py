"""Predictions are named by their takes, and a line says where they are."""

import logging

import pytest
import toy_runs
from toy_stage import ToyData

from dance3d.training import fit as training


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    toy_runs.make_toy(monkeypatch)
    toy_runs.fit(tmp_path, **{"trainer.max_epochs": 1})


def predicted(folder, *more):
    assert training.main("toy", ["predict", f"--run_folder={folder}", "--trainer.accelerator=cpu", *more]) == 0
    return sorted(path.name for path in (folder / "predictions").iterdir())


def test_files_have_the_names_of_their_takes(tmp_path, monkeypatch, caplog):
    takes = ["salsa_01", "05/05_01", "05/05_01", "..", "Tänze, neu"]
    monkeypatch.setattr(ToyData, "predicted_takes", lambda self: takes, raising=False)
    names = predicted(tmp_path)
    assert names == ["0000-salsa_01.npz", "0001-05-05_01.npz", "0002-05-05_01.npz", "0003-...npz", "0004-Tänze-neu.npz"]
    where = tmp_path / "predictions"
    assert f"predictions of 5 tracks are in {where}: 0000-salsa_01.npz to 0004-Tänze-neu.npz" in caplog.text
    (where / "mine.npz").touch()
    assert predicted(tmp_path, "--data.count=8") == ["0000-salsa_01.npz", "mine.npz"], "those of before are gone"


def test_without_names_they_are_numbered(tmp_path, caplog):
    assert predicted(tmp_path, "--data.count=8") == ["0000.npz"] and "of 1 tracks" in caplog.text
