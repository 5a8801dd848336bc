"""An earlier training in the run folder is never lost."""

import pytest
import toy_runs
from toy_runs import fit, last, make_toy

from dance3d.training import fit as training
from dance3d.training.earlier_run import keep_earlier


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    return make_toy(monkeypatch)


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted((folder / "checkpoints").iterdir())}


def test_a_second_training_keeps_the_first_and_says_where(tmp_path, caplog):
    fit(tmp_path)
    weights, first = (tmp_path / "weights.safetensors").read_bytes(), contents(tmp_path)
    fit(tmp_path, resume=False, **{"trainer.max_epochs": 1, "seed_everything": 2})
    assert contents(tmp_path / "earlier/1") == first
    assert (tmp_path / "earlier/1/weights.safetensors").read_bytes() == weights
    assert f"now in {tmp_path / 'earlier/1'}" in caplog.text and "--resume true" in caplog.text
    fit(tmp_path, resume=False, **{"trainer.max_epochs": 1})
    assert contents(tmp_path / "earlier/1") == first and contents(tmp_path / "earlier/2")
    assert "best.ckpt" in first and last(tmp_path)["global_step"] == 5


def test_what_goes_on_moves_nothing(tmp_path):
    fit(tmp_path, **{"trainer.max_epochs": 1})
    fit(tmp_path, **{"trainer.max_epochs": 2})
    fit(tmp_path, resume=False, ckpt_path="last", **{"trainer.max_epochs": 3})
    assert not (tmp_path / "earlier").exists() and last(tmp_path)["global_step"] == 15


def test_a_training_that_was_stopped_is_kept_too(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, model={"kill": 7})
    before = contents(tmp_path)
    fit(tmp_path, resume=False, **{"trainer.max_epochs": 1})
    assert contents(tmp_path / "earlier/1") == before


def test_settings_that_do_not_fit_and_trials_move_nothing(tmp_path):
    fit(tmp_path)
    before = contents(tmp_path)
    words = [f"--{name}={value}" for name, value in toy_runs.FEW.items()]
    for more in (["--data.count=-1", "--optimizer.lr=-1"], ["--trainer.fast_dev_run=true"]):
        training.main("toy", ["fit", "-c", str(toy_runs.BASE), *words, f"--run_folder={tmp_path}", *more])
    assert contents(tmp_path) == before and not (tmp_path / "earlier").exists()


def test_nothing_is_kept_of_nothing(tmp_path):
    (tmp_path / "logs").mkdir()
    assert keep_earlier(tmp_path) is None and not (tmp_path / "earlier").exists()
