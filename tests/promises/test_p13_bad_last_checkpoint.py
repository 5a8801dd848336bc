"""P13: where the last checkpoint cannot be used, training goes on from the newest that can, and says so.

Seen to fail under the mutations of ``mutations/p13.yaml``: no look into the file, no look at what it holds, a save that
overwrites the last checkpoint in place.
"""

import errno
import shutil

import pytest
import torch
from lightning.fabric.plugins.io import torch_io
from toy_runs import BASE, FEW, assert_equal_runs, fit, last, make_toy

from dance3d.training import fit as training


@pytest.fixture(scope="module", autouse=True)
def toy():
    with pytest.MonkeyPatch.context() as patch:
        yield make_toy(patch)


@pytest.fixture(scope="module")
def whole(toy, tmp_path_factory):
    """A run of three epochs."""
    folder = tmp_path_factory.mktemp("p13") / "whole"
    fit(folder)
    return folder


def flipped(data):
    at = data.index(b"state_dict")
    return data[:at] + b"\xff" + data[at + 1 :]


DAMAGE = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-300]),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "flipped": lambda path: path.write_bytes(flipped(path.read_bytes())),
    "text": lambda path: path.write_text("not a checkpoint"),
    "a list": lambda path: torch.save([1, 2], path),
    "weights alone": lambda path: torch.save(torch.load(path, weights_only=True)["state_dict"], path),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_training_goes_on_from_the_newest_whole_checkpoint_and_says_so(whole, tmp_path, caplog, damage):
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    damage(folder / "checkpoints/last.ckpt")
    fit(folder)
    assert "last.ckpt is damaged or foreign" in caplog.text and "going on from" in caplog.text
    assert_equal_runs(whole, folder)


def test_a_full_disk_during_a_save_keeps_the_checkpoint_before(whole, tmp_path, monkeypatch, caplog):
    works, saved = torch_io._atomic_save, []

    def full(checkpoint, path):
        works(checkpoint, path)
        saved.append(path)
        if len([one for one in saved if str(one).endswith("next.ckpt")]) == 2:
            with open(path, "r+b") as file:  # noqa: PTH123
                file.truncate(1000)
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(torch_io, "_atomic_save", full)
    few = [f"--{name}={value}" for name, value in FEW.items()]
    words = ["fit", "-c", str(BASE), *few, f"--run_folder={tmp_path}"]
    assert training.main("toy", words) == 2 and "No space left on device" in caplog.text
    assert last(tmp_path)["global_step"] == 5
    monkeypatch.setattr(torch_io, "_atomic_save", works)
    assert training.main("toy", [*words, "--resume=true"]) == 0
    assert_equal_runs(whole, tmp_path)
