"""P15: a training begins again over whatever an earlier one left, in one process and in two.

Settings win in this order: command line, YAML, checkpoint, defaults.

Seen to fail under the mutations of ``mutations/p15.yaml``: half a checkpoint is gone on from, the checkpoint's learning
rate wins, pictures are made in one process alone.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from toy_runs import BASE, FEW, fit, last, make_toy

from dance3d.training import fit as training

SCRIPT = Path(__file__).parents[1] / "ddp_toy.py"


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    return make_toy(monkeypatch)


def run(folder, *given):
    few = [f"--{name}={value}" for name, value in {**FEW, "trainer.max_epochs": 1}.items()]
    return training.main("toy", ["fit", "-c", str(BASE), *few, f"--run_folder={folder}", *given])


def litter(folder):
    """What stops and crashes leave, and what nobody leaves."""
    for name in (
        "checkpoints/next.ckpt",
        "checkpoints/best-v1.ckpt",
        "logs/version_0/config.yaml",
        ".weights.safetensors",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"left")
    (folder / "config.yaml").write_text("a: [")
    (folder / "pictures").mkdir(exist_ok=True)
    (folder / "pictures/val-grey.png").write_bytes(b"left")


@pytest.mark.parametrize("resume", ["true", "false"])
def test_a_training_begins_over_leftovers(tmp_path, resume):
    litter(tmp_path)
    assert run(tmp_path, f"--resume={resume}") == 0
    litter(tmp_path)
    assert run(tmp_path, f"--resume={resume}") == 0
    assert last(tmp_path)["global_step"] == 5 and (tmp_path / "weights.safetensors").exists()
    assert (tmp_path / "config.yaml").read_text() == "a: ["


def settings(folder):
    found = last(folder)
    group = found["optimizer_states"][0]["param_groups"][0]
    return group["initial_lr"], group["weight_decay"], found["lr_schedulers"][0]["final"]


def test_the_command_line_beats_yaml_beats_checkpoint_beats_defaults(tmp_path):
    own = {"optimizer.lr": 0.02, "optimizer.weight_decay": 0.2, "lr_scheduler.final": 0.2}
    training.fit("toy", {**FEW, "trainer.max_epochs": 1, **own}, [], tmp_path)
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump({"optimizer": {"lr": 0.03, "weight_decay": 0.3}}))
    training.fit("toy", {**FEW, "trainer.max_epochs": 2, "optimizer.lr": 0.04}, [path], tmp_path)
    assert settings(tmp_path) == (0.04, 0.3, 0.2)
    resolved = yaml.safe_load((tmp_path / "logs/version_1/config.yaml").read_text())
    assert (resolved["optimizer"]["init_args"]["lr"], resolved["optimizer"]["init_args"]["weight_decay"]) == (0.04, 0.3)
    assert resolved["lr_scheduler"]["init_args"]["final"] == 0.2


@pytest.mark.parametrize(
    ("poison", "code"), [(-1, 0), pytest.param(1, 5, marks=pytest.mark.slow)], ids=["all is well", "NaN in one"]
)
def test_two_processes_begin_over_leftovers_and_end_together(tmp_path, poison, code):
    fit(tmp_path, **{"trainer.max_epochs": 1})
    litter(tmp_path)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(SCRIPT.parent), *sys.path]))}
    command = [sys.executable, str(SCRIPT), str(tmp_path), f"--model.poison={poison}"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            _, said = process.communicate(timeout=120)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # where they wait for each other
    assert process.returncode == code, said
    assert "Traceback" not in said
    assert last(tmp_path)["global_step"] == (3 if code == 0 else 5)
