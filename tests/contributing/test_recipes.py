"""The recipes of CONTRIBUTING.md, followed word by word on a copy of the package."""

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from doc_pages import ROOT

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.io import artefacts
from dance3d.stages.motion.rules import computed_labels
from dance3d.synth.choreography import choreograph
from dance3d.synth.clip import write_scene

PAGE = (ROOT / "CONTRIBUTING.md").read_text()
BLOCK = re.compile(r"^```(python|diff|bash)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.M | re.S)
LINKED = ("weights", "configs")
"""Folders that no recipe changes; the others are copied."""


def recipe(title):
    """The blocks of a recipe in order: kind, path, text."""
    section = re.search(rf"^### {re.escape(title)}\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S)
    assert section, f"CONTRIBUTING.md has no recipe {title!r}"
    return BLOCK.findall(section[1])


def change(path, diff):
    """Apply a diff without line numbers: the lines that it begins from are in the file exactly once."""
    lines = diff.splitlines()
    before = "".join(f"{line[1:]}\n" for line in lines if line[:1] in " -")
    after = "".join(f"{line[1:]}\n" for line in lines if line[:1] in " +")
    text = path.read_text()
    assert text.count(before) == 1, f"{path.name} has not once:\n{before}"
    path.write_text(text.replace(before, after))


class Checkout:
    """A copy of the package in which a recipe is followed, and a folder beside it in which its commands run."""

    def __init__(self, folder):
        self.root, self.work = folder / "copy", folder / "work"
        self.work.mkdir()
        names = shutil.ignore_patterns("__pycache__", *LINKED)
        shutil.copytree(ROOT / "dance3d", self.root / "dance3d", ignore=names)
        for name in LINKED:
            (self.root / "dance3d" / name).symlink_to((ROOT / "dance3d" / name).resolve())

    def follow(self, title, **more):
        """Write its files, make its changes, run its commands, each with ``more`` words by its name; none: not run."""
        changed = set()
        for kind, path, text in recipe(title):
            if kind == "python":
                (self.root / path).write_text(text)
            elif kind == "diff":
                change(self.root / path, text)
            changed |= {path} - {""}
        self.lint(path for path in changed if path.endswith(".py"))
        for kind, _, text in recipe(title):
            for line in text.splitlines() if kind == "bash" else ():
                words = shlex.split(line)
                assert words[0] == "dance3d"
                if words[1] not in more or more[words[1]] is not None:
                    self.command(*words[1:], *more.get(words[1], ()))

    def command(self, *words):
        """Run dance3d with the changed package; what it prints."""
        cache = {"DANCE3D_CACHE": str(self.work / "cache"), "PYTHONPATH": str(self.root), "WANDB_MODE": "offline"}
        done = subprocess.run(
            [sys.executable, "-m", "dance3d", *words],
            cwd=self.work,
            env=os.environ | cache,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def lint(self, paths):
        """What a recipe writes passes the checks that every change has to."""
        ruff = Path(sys.executable).with_name("ruff")
        config = ["--config", str(ROOT / "pyproject.toml"), *paths]
        for words in (["check"], ["format", "--check"]) if ruff.exists() else ():
            done = subprocess.run([ruff, *words, *config], cwd=self.root, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A second of a synthetic dancer, with its truth."""
    folder = tmp_path_factory.mktemp("scene")
    write_scene(folder, "salsa", seconds=1, seed=1)
    return folder


def test_every_recipe_has_its_test():
    titles = re.findall(r"^### (.+)$", PAGE, re.M)
    tests = Path(__file__).read_text()
    assert titles and [title for title in titles if f'follow("{title}"' not in tests] == []


def test_a_keypoint_detector(checkout, scene):
    shutil.copy(scene / "video.mp4", checkout.work / "clip.mp4")
    checkout.follow("A keypoint detector")
    (path,) = (checkout.work / "results").rglob("keypoints.npz")
    track = artefacts.load(path, Keypoints2D)
    assert track.measured.all() and track.frames == 30
    assert np.ptp(track.xy[:, 0], axis=0).max() < 1, "it stands in the middle of every picture"


def test_a_movement_type(checkout):
    artefacts.save(choreograph("everyday", 4, 1), checkout.work / "dance.npz")
    checkout.follow("A movement type")
    listed = checkout.command("movements", "list")
    assert "l_arm.hold_low" in listed and "r_arm.hold_low" in listed
    with (checkout.work / "labels.csv").open() as stream:
        assert {"l_arm.hold_low", "r_arm.hold_low"} & {row["movement"] for row in csv.DictReader(stream)}


def test_a_genre_of_the_synthetic_dancer(checkout):
    checkout.follow("A genre", train=None)
    assert (checkout.work / "waltz" / "video.mp4").is_file()
    assert "waltz" in checkout.command("synth", "--help") or (checkout.work / "waltz" / "truth.npz").is_file()


@pytest.mark.slow
def test_a_genre_from_videos(checkout):
    for name in ("salsa", "martial"):
        for seed in range(2):
            folder = checkout.work / "my_videos" / name
            folder.mkdir(parents=True, exist_ok=True)
            write_scene(checkout.work / "scene", name, seconds=6, seed=seed)
            shutil.move(checkout.work / "scene" / "video.mp4", folder / f"{seed}.mp4")
    checkout.follow("A genre")
    assert list((checkout.work / "runs").rglob("weights.safetensors"))


def test_an_export_format(checkout, scene):
    folder = checkout.work / "results" / "person-1"
    folder.mkdir(parents=True)
    shutil.copy(scene / "keypoints.npz", folder)
    pose = artefacts.load(scene / "truth.npz", Pose3D)
    artefacts.save(pose, folder / "pose3d.npz")
    artefacts.save(computed_labels.movements(pose), folder / "movements.npz")
    checkout.follow("An export format")
    lines = [line.split("\t") for line in (folder / "paths.tsv").read_text().splitlines()]
    assert len(lines) == 5 + pose.frames and {len(line) for line in lines[5:]} == {2 + 3 * 17}
    assert float(lines[5][2]) == pytest.approx(1000 * pose.root[0, 0], abs=1e-2)


def test_a_data_set_for_detect(checkout):
    pictures, masks = (checkout.work / "davis" / name / "480p" / "dance" for name in ("JPEGImages", "Annotations"))
    rng = np.random.default_rng(0)
    for folder in (pictures, masks):
        folder.mkdir(parents=True)
    for number in range(3):
        mask = np.zeros((120, 160), np.uint8)
        mask[20:100, 60 + number : 100 + number] = 255
        cv2.imwrite(str(pictures / f"{number:05d}.jpg"), rng.integers(0, 255, (120, 160, 3), np.uint8))
        cv2.imwrite(str(masks / f"{number:05d}.png"), mask)
    checkout.follow("A data set for detect")
    index = json.loads((checkout.work / "crops" / "index.json").read_text())
    assert "dance" in json.dumps(index) and (checkout.work / "crops" / "image.bin").stat().st_size == 3 * 64 * 64 * 3


def test_a_metric_in_wandb(checkout):
    short = ("--trainer.max_epochs", "1", "--trainer.check_val_every_n_epoch", "1", "--model.width", "32")
    checkout.follow("A metric in W&B", lift=(*short, "--data.steps", "2", "--data.batch", "4"))
    (path,) = (checkout.work / "run" / "logs").rglob("metrics.csv")
    with path.open() as stream:
        assert any(float(row["val/worst_joint_mm"] or 0) > 0 for row in csv.DictReader(stream))
    (log,) = (checkout.work / "run" / "wandb").glob("offline-run-*/*.wandb")
    assert b"val/worst_joint_mm" in log.read_bytes()


def test_a_command_line_flag(checkout, scene):
    shutil.copy(scene / "video.mp4", checkout.work / "clip.mp4")
    checkout.follow("A command-line flag")
    assert "--strict" in checkout.command("check", "--help")
