import numpy as np
import offline_run
import pytest
from fake_wandb_run import FEW, make_toy
from toy_stage import ToyModule

from dance3d.training import fit as training
from dance3d.training.loggers.wandb_media import films_table, images
from dance3d.visualization.take_film import TakeFilm


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path):
    pytest.importorskip("wandb")
    return make_toy(monkeypatch, tmp_path)


def films(*names):
    for name in names:
        yield TakeFilm({"take": name, "mpjpe_mm": 40.0}, [np.zeros((16, 16, 3), np.uint8)] * 3, 25)


def fit(folder):
    training.fit("toy", {**FEW, "wandb": "offline"}, [training.config("base")], folder)
    return offline_run.contents(*folder.glob("wandb/offline-run-*/*.wandb"))


def test_pictures_are_images_of_their_size():
    made = images({"val/grey": np.full((8, 12, 3), 128, np.uint8)})
    assert made["val/grey"].image.size == (12, 8)


def test_a_row_for_each_take(tmp_path):
    table = films_table(films("../a", "b"), tmp_path / "films")
    assert table.columns == ["take", "mpjpe_mm", "video"] and [row[:2] for row in table.data] == [
        ["../a", 40],
        ["b", 40],
    ]
    assert sorted(path.name for path in (tmp_path / "films").iterdir()) == ["take-000.mp4", "take-001.mp4"]
    assert films_table((), tmp_path) is None


def test_a_training_ends_with_a_table_of_films(tmp_path, monkeypatch):
    monkeypatch.setattr(ToyModule, "validation_films", lambda self: films("a"), raising=False)
    found = fit(tmp_path)
    (files,) = [files for _, kind, files in found.artifacts if kind == "run_table"]  # by which W&B keeps a table
    assert found.media["val/takes"] == "table-file" and any(file.endswith(".mp4") for file in files)


def test_a_film_that_fails_costs_the_table_only(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(ToyModule, "validation_films", lambda self: 1 / 0, raising=False)
    found = fit(tmp_path)
    assert caplog.text.count("W&B has no films of the validation takes (ZeroDivisionError") == 1
    assert "val/takes" not in found.media and [kind for _, kind, _ in found.artifacts] == ["dataset", "weights"]
