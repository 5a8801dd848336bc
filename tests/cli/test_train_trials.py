"""What is told of trainings; sweeps and recipes by the command itself are in ``test_train``."""

from argparse import Namespace
from pathlib import Path

from dance3d.cli import train_trials
from dance3d.training.recipes import read_recipe


def test_a_folder_tells_the_command_that_made_it(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(train_trials, "write_system", lambda *words: calls.append(words) or (tmp_path, []))
    options = Namespace(stages=["lift"], recipe="bai", data="my takes", tiny=True, videos=None, runs=tmp_path)
    train_trials.made_system(read_recipe("bai"), {"lift": Path("w")}, options, {"data.only": ["salsa"]})
    told = calls[0][2]
    assert told["command"] == "dance3d train lift --recipe bai --data 'my takes' --tiny, data.only ['salsa']"
    assert told["trained_on"] == "my takes" and calls[0][3] == tmp_path


def test_the_command_is_one_that_a_shell_takes():
    assert train_trials.run_command(["-c", "a b.yaml"]) == "dance3d run VIDEO -c 'a b.yaml'"
