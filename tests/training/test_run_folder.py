"""A folder for each training, and the newest by its name."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import toy_runs
import yaml

from dance3d.training import fit as training
from dance3d.training import run_folder
from dance3d.training.run_folder import LATEST, alone_in, group, latest, mark_latest, new, of_training

WORDS = ["-c", str(toy_runs.BASE), *(f"--{name}={value}" for name, value in toy_runs.FEW.items())]


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID", "WORLD_SIZE", "SLURM_NTASKS", run_folder._GIVEN):
        monkeypatch.delenv(name, raising=False)
    return toy_runs.make_toy(monkeypatch)


def runs():
    return sorted(path.name for path in Path("runs/toy").iterdir() if path.name != LATEST)


def test_every_training_has_its_own_folder_and_other_work_finds_the_newest(capsys):
    assert training.main("toy", ["fit", *WORDS]) == 0
    (first,) = runs()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d", first)
    before = {path: path.read_bytes() for path in Path("runs/toy", first).rglob("*") if path.is_file()}
    assert training.main("toy", ["fit", *WORDS, "--model.width=5"]) == 0
    second = next(name for name in runs() if name != first)
    assert {path: path.read_bytes() for path in before} == before, "nothing of the first is changed"
    assert latest(Path("runs/toy")) == Path("runs/toy", second)
    for word in ("validate", "test", "predict"):
        assert training.main("toy", [word, "--trainer.accelerator=cpu", "--wandb=off"]) == 0
    made = Path("runs/toy/latest/logs")
    assert yaml.safe_load((made / "version_1/config.yaml").read_text())["model"]["width"] == 5
    assert list(Path("runs/toy", second, "predictions").glob("*.npz")) and len(runs()) == 2


def test_going_on_is_in_the_newest_folder(capsys):
    assert training.main("toy", ["fit", *WORDS, "--model.kill=7"]) == 128 + 15
    assert training.main("toy", ["fit", *WORDS, "--resume=true"]) == 0
    assert training.main("toy", ["fit", *WORDS, "--ckpt_path=last", "--trainer.max_epochs=4"]) == 0
    (only,) = runs()
    assert toy_runs.last(Path("runs/toy", only))["global_step"] == 20


def test_settings_that_do_not_fit_leave_no_folder_and_the_newest_stays(caplog):
    assert training.main("toy", ["fit", *WORDS]) == 0
    before, newest = runs(), latest(Path("runs/toy"))
    for wrong in ("--model.width=-5", "--data.count=0", "--trainer.accumulate_grad_batches=0"):
        assert training.main("toy", ["fit", *WORDS, wrong]) == 2
    assert runs() == before and latest(Path("runs/toy")) == newest


def test_without_a_training_other_work_says_so(caplog):
    assert training.main("toy", ["test", *WORDS]) == 2
    assert "test needs trained weights: none in runs/toy" in caplog.text and not Path("runs").exists()


def test_two_that_begin_at_the_same_moment_have_two_folders(tmp_path):
    work = f"import sys; sys.path[:0] = {sys.path!r}\nimport toy_runs\nfrom dance3d.training import fit\n"
    work += "import pytest\ntoy_runs.make_toy(pytest.MonkeyPatch())\n"
    work += f"raise SystemExit(fit.main('toy', {['fit', *WORDS]!r}))"
    both = [subprocess.Popen([sys.executable, "-c", work]) for _ in range(2)]
    assert [one.wait(120) for one in both] == [0, 0]
    assert len(runs()) == 2 and all((Path("runs/toy") / name / "weights.safetensors").is_file() for name in runs())


def test_a_folder_in_use_is_refused_and_left_as_it_is(tmp_path, caplog):
    with alone_in(tmp_path / "one"):
        assert training.main("toy", ["fit", *WORDS, "--run_folder=one"]) == 2
    assert "one is in use by another training; give another --run_folder" in caplog.text
    assert not (tmp_path / "one").exists(), "nothing was written"


def test_the_same_training_goes_on_in_its_folder_unless_that_is_in_use(tmp_path):
    key = "0123456789ab"
    first = of_training(tmp_path, key)
    assert first.name.endswith(f"_{key}") and group(first) == key and of_training(tmp_path, key) == first
    (first / "file").touch()
    with alone_in(first):
        assert (second := of_training(tmp_path, key)) != first and group(second) == key
    assert of_training(tmp_path, "ba9876543210") not in (first, second)
    assert group(tmp_path / "mine") == "mine"


@pytest.mark.parametrize("links", [True, False])
def test_the_newest_is_found_by_link_or_file(tmp_path, monkeypatch, links, caplog):
    if not links:
        monkeypatch.setattr(Path, "symlink_to", lambda *args, **kwargs: (_ for _ in ()).throw(OSError("no links")))
    assert latest(tmp_path) is None
    for _ in range(2):
        mark_latest(made := new(tmp_path))
        assert latest(tmp_path) == made and (tmp_path / LATEST).is_symlink() == links
    made.rmdir()
    assert latest(tmp_path) is None, "it leads nowhere"
    (tmp_path / LATEST).unlink()
    (tmp_path / LATEST).write_text("../../etc")
    assert latest(tmp_path) is None
    (tmp_path / LATEST).unlink()
    (tmp_path / LATEST).mkdir()
    (tmp_path / LATEST / "mine").touch()
    mark_latest(new(tmp_path))
    assert "does not lead to this run" in caplog.text and (tmp_path / LATEST / "mine").exists()


def test_further_processes_share_the_folder_of_the_first(tmp_path, monkeypatch):
    first = new(tmp_path)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert new(tmp_path) == first.absolute()
    monkeypatch.delenv(run_folder._GIVEN)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="name the folder they share, --run_folder"):
        new(tmp_path)
    os.environ.pop(run_folder._GIVEN, None)
