"""P14: Ctrl-C, SIGTERM and SIGUSR1 end with their own exit code at any moment, and a training first saves itself.

Seen to fail under the mutations of ``mutations/p14.yaml``: nobody listens while weights are scored, a stop that does
not save, Ctrl-C raised inside imports.
"""

import os
import shutil
import signal
import subprocess
import sys

import pytest
from toy_runs import BASE, FEW, assert_equal_runs, fit, last, make_toy
from toy_stage import ToyModule

from dance3d.training import fit as training

NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1]


SWALLOWS = """import os, time
try:
    os.kill(os.getpid(), 2)
    time.sleep(0.2)
except BaseException:
    pass
time.sleep(9)
os._exit(9)
"""


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    return make_toy(monkeypatch)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """An epoch of training; for reading."""
    folder = tmp_path_factory.mktemp("p14") / "trained"
    with pytest.MonkeyPatch.context() as patch:
        make_toy(patch)
        fit(folder, **{"trainer.max_epochs": 1})
    return folder


def run(word, folder, *given):
    few = [f"--{name}={value}" for name, value in FEW.items()]
    return training.main("toy", [word, "-c", str(BASE), *few, f"--run_folder={folder}", *given])


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.name)
def test_training_is_saved_and_goes_on_as_if_it_had_never_stopped(tmp_path, number, caplog):
    before = signal.getsignal(number)
    fit(tmp_path / "whole")
    assert run("fit", tmp_path / "two", "--model.kill=7", f"--model.signal={int(number)}") == 128 + number
    assert last(tmp_path / "two")["global_step"] == 8 and "--resume true" in caplog.text
    assert not (tmp_path / "two/weights.safetensors").exists()
    assert run("fit", tmp_path / "two", "--resume=true") == 0
    assert_equal_runs(tmp_path / "whole", tmp_path / "two")
    assert signal.getsignal(number) == before


def test_the_runner_sees_a_stopped_training_as_incomplete(tmp_path):
    with pytest.raises(KeyboardInterrupt, match="stopped by SIGTERM"):
        fit(tmp_path, model={"kill": 2})


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.name)
@pytest.mark.parametrize("word", ["validate", "test", "predict", "trial"])
def test_what_saves_nothing_ends_with_the_signals_number(trained, tmp_path, monkeypatch, caplog, word, number):
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    before = signal.getsignal(number)
    step = "validation_step" if word in ("validate", "trial") else f"{word}_step"
    works, seen = getattr(ToyModule, step), []

    def stopped(self, batch, batch_idx):
        if not seen:
            signal.raise_signal(number)
        seen.append(batch_idx)
        return works(self, batch, batch_idx)

    monkeypatch.setattr(ToyModule, step, stopped)
    caplog.clear()
    assert run("fit" if word == "trial" else word, tmp_path) == 128 + number
    assert seen == [0] and f"stopped by {number.name}; start it again" in caplog.text
    assert signal.getsignal(number) == before


def test_ctrl_c_before_anything_listens_is_not_lightnings_exit_code(tmp_path, monkeypatch):
    def setup(self, stage):
        raise KeyboardInterrupt

    monkeypatch.setattr(ToyModule, "setup", setup)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run("fit", tmp_path)
    assert signal.getsignal(signal.SIGINT) == before


def test_ctrl_c_during_imports_is_130_and_one_line(tmp_path):
    (tmp_path / "numpy.py").write_text(SWALLOWS)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    command = [sys.executable, "-m", "dance3d", "run", "x.mp4"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 130 and done.stderr == "dance3d: interrupted; run the same command again to go on\n"
