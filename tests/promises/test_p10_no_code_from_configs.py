"""P10: no config, command line or checkpoint runs code of other packages than dance3d, Lightning and torch.

Seen to fail under the mutations of ``mutations/p10.yaml``: no limit on names, checkpoints read as pickles.
"""

import shutil
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import torch
import yaml
from jsonargparse import set_parsing_settings
from killed_runs import PROCESSES
from toy_runs import BASE, FEW, make_toy

from dance3d.__main__ import main
from dance3d.training import fit as training

MODULE = """
from pathlib import Path
Path({canary!r}).touch()
import lightning.pytorch as L
class X(L.Callback): pass
def f(*words): pass
"""


@pytest.fixture
def canary(monkeypatch, tmp_path):
    """A file that exists once the module ``hostile_names`` was imported."""
    make_toy(monkeypatch)
    at = tmp_path / "canary"
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules/hostile_names.py").write_text(MODULE.format(canary=str(at)))
    monkeypatch.syspath_prepend(tmp_path / "modules")
    monkeypatch.delitem(sys.modules, "hostile_names", raising=False)
    return at


def train(folder, *given, word="fit", **more):
    few = [f"--{name}={value}" for name, value in {**FEW, "trainer.max_epochs": 1}.items()]
    return training.main("toy", [word, "-c", str(BASE), *few, f"--run_folder={folder}", *given], **more)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """An epoch of training; for reading."""
    folder = tmp_path_factory.mktemp("p10") / "trained"
    with pytest.MonkeyPatch.context() as patch:
        make_toy(patch)
        assert train(folder) == 0
    return folder


X = {"class_path": "hostile_names.X"}
INNER = {"class_path": "lightning.pytorch.callbacks.LambdaCallback", "init_args": {"on_fit_start": "hostile_names.f"}}
SHELL = "torch.distributed.elastic.multiprocessing.subprocess_handler.SubprocessHandler"
PLACES = [
    {"callbacks": [X]},
    {"callbacks": X},
    {"callbacks": [INNER]},
    {"logger": X},
    {"logger": [X]},
    {"strategy": X},
    {"profiler": X},
    {"plugins": [X]},
    {"callbacks": [{"class_path": "this.X"}]},
    {"callbacks": [{"class_path": "lightning.pytorch.cli.os.system", "init_args": {"command": "true"}}]},
    {"callbacks": [{"class_path": SHELL}]},
]


@pytest.mark.parametrize("trainer", PLACES, ids=range(len(PLACES)))
def test_a_yaml_that_names_foreign_code_is_refused_before_it_is_imported(canary, tmp_path, caplog, capsys, trainer):
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump({"trainer": trainer}))
    assert train(tmp_path / "run", "-c", str(path)) == 2
    assert not canary.exists() and "hostile_names" not in sys.modules and "Zen" not in capsys.readouterr().out
    [said] = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert "is not imported: settings name classes of dance3d., lightning., torch. only; --trust" in said


@pytest.mark.parametrize("part", ["train", "tiny"])
@pytest.mark.parametrize("trainer", [{"callbacks": [X]}, {"strategy": X}, {"callbacks": [INNER]}])
def test_a_recipe_that_names_foreign_code_is_refused_before_it_is_imported(canary, tmp_path, capsys, trainer, part):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"train": {"lift": {}}} | {part: {"lift": {"trainer": trainer}}}))
    set_parsing_settings(import_path_denylist=[], import_path_allowlist=[])  # as in a process that trained nothing yet
    assert main(["train", "--recipe", str(path), "--tiny", "--no-cache", "--runs", str(tmp_path)]) == 3
    assert not canary.exists() and "is not imported: settings name classes of dance3d." in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--trainer.callbacks+=hostile_names.X"],
        ["--trainer.logger=hostile_names.X"],
        ["--trainer.strategy=hostile_names.X"],
        ["--trainer.callbacks=[hostile_names.X]"],
        ['--trainer.callbacks={"class_path": "hostile_names.X"}'],
        ["--trainer.logger.help=hostile_names.X"],
    ],
)
def test_a_command_line_that_names_foreign_code_is_refused(canary, tmp_path, words):
    assert train(tmp_path / "run", *words) == 2
    assert not canary.exists()


def test_classes_of_lightning_may_be_named(canary, tmp_path):
    assert train(tmp_path, "--trainer.callbacks+=lightning.pytorch.callbacks.LearningRateMonitor") == 0


class Hostile:
    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return Path.touch, (self.canary,)


@pytest.mark.parametrize("key", ["state_dict", "hyper_parameters", "callbacks", "loops"])
def test_no_checkpoint_runs_code(canary, trained, tmp_path, key, caplog):
    shutil.copytree(trained, tmp_path / "run")
    last = tmp_path / "run/checkpoints/last.ckpt"
    stored = torch.load(last, weights_only=True)
    torch.save({**stored, key: Hostile(canary)}, last)
    assert train(tmp_path / "run", f"--ckpt_path={last}", word="validate") == 2
    assert train(tmp_path / "run", f"--ckpt_path={last}") == 2
    caplog.clear()
    assert train(tmp_path / "run", "--resume=true") == 0 and "last.ckpt is damaged" in caplog.text
    assert not canary.exists()


@pytest.mark.parametrize("given", [{"_instantiator": "hostile_names.f"}, {"width": X}, {"width": [X]}])
def test_hyperparameters_of_a_checkpoint_name_nothing_to_import(canary, trained, tmp_path, given, caplog):
    shutil.copytree(trained, tmp_path / "run")
    path = tmp_path / "other.ckpt"
    stored = torch.load(tmp_path / "run/checkpoints/best.ckpt", weights_only=True)
    torch.save({**stored, "hyper_parameters": {**stored["hyper_parameters"], **given}}, path)
    assert train(tmp_path / "run", f"--ckpt_path={path}", word="validate") == 2
    assert not canary.exists() and "names what would be imported" in caplog.text


def test_trust_lets_foreign_classes_through(canary, tmp_path):
    words = ["lift", "fit", "--trust", "--trainer.callbacks+=hostile_names.X", "--print_config"]
    process = PROCESSES.Process(target=_told, args=(words, tmp_path / "said"))
    process.start()
    process.join(100)
    assert process.exitcode == 0 and canary.exists() and "hostile_names.X" in (tmp_path / "said").read_text()


def _told(words, said):
    with said.open("w") as stream, redirect_stdout(stream):
        sys.exit(main(words))
