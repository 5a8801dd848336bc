"""Every YAML that ships, through the real command line."""

import json
import signal

import crop_sets
import numpy as np
import pytest
import torch
import yaml
from safetensors.numpy import load_file

from dance3d import registry
from dance3d.contracts import ARTEFACTS
from dance3d.io import artefacts, weights
from dance3d.lazy_import import resolve
from dance3d.synth import filmed_mocap
from dance3d.training import fit as training
from dance3d.training import known_settings
from dance3d.training.recipes import nested
from dance3d.training.trials import combinations

FILES = (p.relative_to(training.CONFIGS).with_suffix("").as_posix() for p in training.CONFIGS.rglob("*.yaml"))
NAMES = sorted(name for name in FILES if not name.startswith(("recipes/", "sweeps/")))
MACHINES = [("{}", f"machine/{name}") for name in ("cpu", "gpu", "ddp")]
TRAINED = tuple(name for name, stage in registry.STAGES.items() if stage.module)
FEW = {"trainer.limit_val_batches": 2, "trainer.limit_test_batches": 2, "trainer.limit_predict_batches": 2}
SHORT = {  # the tests' share of what make demo trains
    "lift": {
        **FEW,
        "trainer.check_val_every_n_epoch": 1,
        "trainer.max_epochs": 1,
        "data.steps": 3,
        "data.batch": 4,
        "model.width": 32,
    },
    "keypoints": {
        **FEW,
        "trainer.check_val_every_n_epoch": 1,
        "trainer.max_epochs": 1,
        "data.steps": 3,
        "data.batch": 4,
        "data.scored": 6,
        "model.width": 8,
    },
    "detect": {
        **FEW,
        "trainer.check_val_every_n_epoch": 1,
        "trainer.max_epochs": 1,
        "data.steps": 3,
        "data.moments": 1,
        "data.bodies": 2,
        "model.width": 16,
        "model.prior": 4,
    },
    "motion": {**FEW, "trainer.max_epochs": 1, "data.batch": 2},
    "genre": {**FEW, "trainer.max_epochs": 1, "data.batch": 4, "data.steps": 3},
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """What the runner makes of three seconds of each genre: films, poses as if lifted, movements as if recognised."""
    folder = tmp_path_factory.mktemp("films")
    filmed_mocap.write_films(folder, "synth", clips=1, seconds=3.0, cameras=1, noise_px=2.0, missing=0.0, seed=0)
    lines = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps([line | {"split": "train"} for line in lines]))
    rng = np.random.default_rng(0)
    crop_sets.shots(folder / "crops", moments=4, views=2)
    crop_sets.invented(folder / "invented")
    (folder / "movements").mkdir()
    for path in sorted((folder / "truth").iterdir()):
        pose = artefacts.load(path, ARTEFACTS["Pose3D"])
        prob = rng.random((pose.frames, 154))
        artefacts.save(ARTEFACTS["Movements"](prob, pose.time), folder / "movements" / path.name)
    return folder


def data(stage, folder):
    """The folders among a stage's settings."""
    given = {
        "keypoints": {"crops": folder / "crops"},
        "lift": {"source": "synth"},
        "detect": {"crops": folder / "crops", "invented": folder / "invented"},
        "motion": {"truth": folder / "truth", "poses": folder / "truth", "index": folder / "index.json"},
        "genre": {"poses": folder / "truth", "movements": folder / "movements", "index": folder / "index.json"},
    }[stage]
    return {f"data.{name}": str(value) for name, value in given.items()}


def command(word, stage, folder, run, *names, **given):
    settings = {**data(stage, folder), "run_folder": run, "trainer.accelerator": "cpu", **given}
    configs = [word for name in names for word in ("-c", f"configs/{name}.yaml")]
    return [word, *configs, *(f"--{name}={value}" for name, value in settings.items())]


def test_the_list_of_configs_is_the_one_of_the_design():
    machines = {"machine/cpu", "machine/gpu", "machine/ddp"}
    recipes = {
        "genre_paper",
        "motion_2d",
        "motion_paper",
        "lift_semi",
        "lift_action",
        "lift_further",
        "lift_distilled",
        "lift_unsupervised",
        "lift_extremities",
        "lift_videopose3d",
    }
    assert set(NAMES) == {"base", "pipeline", *recipes, *machines, *TRAINED, *(f"tiny/{stage}" for stage in TRAINED)}


@pytest.mark.parametrize("stage", TRAINED)
@pytest.mark.parametrize("names", [("{}",), ("tiny/{}",), *MACHINES])
def test_every_combination_is_understood(stage, names, folders, tmp_path, capsys):
    args = command("fit", stage, folders, tmp_path, "base", *(name.format(stage) for name in names))
    assert training.main(stage, [*args, "--print_config"]) == 0
    resolved = yaml.safe_load(capsys.readouterr().out)
    assert resolved["checkpoint"]["monitor"].startswith("val/") and resolved["trainer"]["gradient_clip_val"] == 1.0
    last = yaml.safe_load(training.config(names[-1].format(stage)).read_text())
    for group, values in last.items():
        for name, value in values.items() if isinstance(values, dict) else ():
            known = resolved[group] | resolved[group].get("init_args", {})
            assert name == "accelerator" or known[name] == value


@pytest.mark.parametrize("stage", TRAINED)
def test_a_tiny_config_fits_validates_tests_and_predicts(stage, folders, tmp_path, capsys):
    run = tmp_path / "run"
    args = ("base", f"tiny/{stage}")
    assert training.main(stage, command("fit", stage, folders, run, *args, **SHORT[stage])) == 0
    arrays, config = weights.load(run / "weights.safetensors", stage)
    assert config and all(np.isfinite(array).all() for array in arrays.values())
    metric = yaml.safe_load(training.config(stage).read_text())["checkpoint"]["monitor"]
    for word in ("validate", "test"):
        capsys.readouterr()
        assert training.main(stage, command(word, stage, folders, run, *args, **SHORT[stage])) == 0
        assert metric.replace("val", word.replace("validate", "val")) in capsys.readouterr().out
    assert training.main(stage, command("predict", stage, folders, run, *args, **SHORT[stage])) == 0
    kind = ARTEFACTS[registry.get(stage).makes]
    made = [artefacts.load(path, kind) for path in sorted((run / "predictions").iterdir())]
    assert len(made) == 2 and all(type(one) is kind for one in made)


@pytest.mark.parametrize("stage", TRAINED)
def test_a_tiny_training_that_was_stopped_ends_with_equal_weights(stage, folders, tmp_path, monkeypatch):
    configs = [training.config("base"), training.config(f"tiny/{stage}")]
    given = {**data(stage, folders), "trainer.accelerator": "cpu", **SHORT[stage], "trainer.max_epochs": 2}
    whole = training.fit(stage, given, configs, tmp_path / "whole")
    module = resolve(registry.get(stage).module)
    step = module.training_step

    def stopped(self, batch, batch_idx):
        if self.global_step == 1:
            signal.raise_signal(signal.SIGTERM)
        return step(self, batch, batch_idx)

    with monkeypatch.context() as patch:
        patch.setattr(module, "training_step", stopped)
        with pytest.raises(KeyboardInterrupt):
            training.fit(stage, given, configs, tmp_path / "two")
    resumed = training.fit(stage, given, configs, tmp_path / "two")
    one, two = load_file(whole), load_file(resumed)
    assert one.keys() == two.keys() and all(np.array_equal(one[name], two[name]) for name in one)


def test_an_unknown_config_names_the_known():
    with pytest.raises(
        ValueError, match="config 'lfit' is not known; choose from base, detect, genre, genre_paper, keypoints, lift"
    ):
        training.config("lfit")


@pytest.mark.gpu
@pytest.mark.parametrize("stage", TRAINED)
def test_every_stage_trains_and_predicts_on_a_gpu(stage, folders, tmp_path):
    names = ("base", f"tiny/{stage}", "machine/gpu")
    for word in ("fit", "validate", "predict"):
        args = [a for a in command(word, stage, folders, tmp_path, *names, **SHORT[stage]) if "accelerator" not in a]
        assert training.main(stage, args) == 0
    assert torch.cuda.max_memory_allocated() > 0


def test_a_checkout_without_links_takes_the_packages_own(tmp_path, monkeypatch):
    """As on Windows, where the link ``configs`` is a file that names the folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").write_text("dance3d/configs")
    words = ["fit", "-c", "configs/base.yaml", "-c", "configs/tiny/lift.yaml", "--print_config"]
    assert training.main("lift", words) == 0


@pytest.mark.parametrize("stage", TRAINED)
def test_every_stage_has_a_sweep_of_two_values_that_it_knows(stage):
    trials = combinations(training.config(f"sweeps/{stage}"))
    assert len(trials) == 2
    first, second = (known_settings.resolved(stage, settings=nested(one)) for one in trials)
    assert first != second
