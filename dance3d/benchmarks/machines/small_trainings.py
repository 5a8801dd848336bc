"""Every YAML file that trains something, with settings that make it a matter of seconds, and data to learn from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dance3d.contracts import Movements, Pose3D
from dance3d.io import artefacts
from dance3d.movement_types import NAMES
from dance3d.synth.choreography import choreograph
from dance3d.synth.crop_dataset import write_invented, write_multiview_crops
from dance3d.synth.filmed_mocap import INDEX, KEYPOINTS, TRUTH, write_films
from dance3d.training.fit import config

_CROP = 64  # pixels, chosen: the smallest that the nets of pictures take
_EPOCH = {"trainer.max_epochs": 1, "trainer.check_val_every_n_epoch": 1, "wandb": "off"}
_LIFT = {"data.source": "synth", "data.minutes": 0.05, "data.steps": 3, "data.batch": 5, "model.width": 32}
_LIFT |= {"data.wandering": 0.05, "data.only": ["salsa", "indian"]}


class SmallTraining(NamedTuple):
    """A YAML file and the small settings over it.

    Attributes:
        stage: that it trains.
        configs: names of YAML files, later ones above earlier ones.
        settings: that make the training small.
    """

    stage: str
    configs: tuple[str, ...]
    settings: dict[str, Any]

    def words(self, word: str, folder: Path, run: Path, **settings: Any) -> list[str]:
        """The command line of a training.

        Args:
            word: ``fit``, ``validate`` or ``test``.
            folder: what ``write_data`` wrote.
            run: the run folder.
            settings: above those of the config; a double underscore stands for a dot.
        """
        given = {**_EPOCH, **self.settings, **_data(self.stage, folder), "run_folder": run}
        given |= {name.replace("__", "."): value for name, value in settings.items()}
        files = [text for name in self.configs for text in ("-c", str(config(name)))]
        return [word, *files, *(f"--{name}={_text(value)}" for name, value in given.items())]


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | Path) else json.dumps(value)


def _small(name: str, **settings: Any) -> SmallTraining:
    stage = name.partition("_")[0]
    over = () if name == stage else (name,)
    small = {f"{group}.{key}": value for group, values in settings.items() for key, value in values.items()}
    return SmallTraining(stage, ("base", stage, *over), (_LIFT if stage == "lift" else {}) | small)


SMALL_TRAININGS: dict[str, SmallTraining] = {
    "keypoints": _small("keypoints", data={"steps": 3, "batch": 4, "scored": 7}, model={"size": 64, "width": 8}),
    "lift": _small("lift"),
    "lift_semi": _small(
        "lift_semi",
        trainer={"max_epochs": 2},
        model={"warmup": 1, "every": 1, "trajectory": 1.0, "reprojection": 1.0, "bone_means": 1.0},
        data={"labelled": 0.5},
    ),
    "lift_unsupervised": _small("lift_unsupervised", trainer={"max_epochs": 2}, model={"warmup": 1, "every": 1}),
    "lift_distilled": _small("lift_distilled"),
    "lift_action": _small("lift_action", data={"only": ["salsa"], "wandering": 0.0}),
    "lift_videopose3d": _small(
        "lift_videopose3d", trainer={"limit_train_batches": 3}, data={"batch": 8, "wandering": 0.0}
    ),
    "lift_extremities": SmallTraining(
        "lift",
        ("base", "lift", "lift_extremities"),
        {"data.source": "synth", "data.minutes": 0.05, "data.films": 1, "data.batch": 3, "data.chunk": 16}
        | {"data.steps": 3, "data.only": ["salsa", "indian"], "model.channels": 16},
    ),
    "detect": _small(
        "detect",
        data={"steps": 8, "moments": 2, "bodies": 4},
        model={"size": 64, "width": 16, "prior": 4},
    ),
    "motion": _small("motion", data={"batch": 4, "frames": 40}, model={"hidden": 16}),
    "motion_paper": _small("motion_paper", data={"batch": 4, "frames": 40}, model={"hidden": 8}),
    "motion_2d": _small("motion_2d", data={"batch": 4, "frames": 40}, model={"hidden": 16}),
    "genre": _small("genre", data={"steps": 4, "batch": 8, "split": "index"}, model={"hidden": 16}),
    "genre_paper": _small("genre_paper", data={"steps": 4, "batch": 8, "split": "index"}, model={"hidden": 16}),
}
"""By the name of the YAML file."""


def _data(stage: str, folder: Path) -> dict[str, Any]:
    """Folders of data among the settings."""
    films, dances = folder / "films", folder / "dances"
    given: dict[str, dict[str, Path]] = {
        "keypoints": {"crops": folder / "crops"},
        "detect": {"crops": folder / "crops", "invented": folder / "invented"},
        "motion": {
            "index": films / INDEX,
            "poses": films / TRUTH,
            "truth": films / TRUTH,
            "keypoints": films / KEYPOINTS,
        },
        "genre": {"index": dances / INDEX, "poses": dances / TRUTH, "movements": dances / "movements"},
    }
    return {f"data.{name}": path for name, path in given.get(stage, {}).items()}


def write_data(folder: Path) -> None:
    """Write what the configs learn from: crops, short films, and longer ones with random movements.

    Of each kind an odd number validates, so that one process of two has more than the other.

    Args:
        folder: new.
    """
    _write_films(folder / "films", 1, 3.0, [True, False, True, False, True])
    _write_films(folder / "dances", 2, 8.0, 3 * [True, False] + 4 * [False])
    rng = np.random.default_rng(0)
    (folder / "dances/movements").mkdir()
    for path in sorted((folder / "dances" / TRUTH).iterdir()):
        pose = artefacts.load(path, Pose3D)
        found = Movements(rng.random((pose.frames, len(NAMES)), np.float32), pose.time)
        artefacts.save(found, folder / "dances/movements" / path.name)
    takes = [choreograph("salsa", 4.0, seed) for seed in (1, 2)]
    splits = {takes[0].name: "train", takes[1].name: "val"}
    write_multiview_crops(folder / "crops", [[take] for take in takes], _CROP, 9, 2, splits=splits, occlusion=0.0)
    write_invented(folder / "invented", _CROP, 10)


def _write_films(folder: Path, clips: int, seconds: float, validates: list[bool]) -> None:
    """Films of every genre.

    Args:
        folder: new.
        clips: of each genre.
        seconds: of each clip.
        validates: whether each film does, in order of their names; it trains else.
    """
    folder.mkdir(parents=True)
    write_films(folder, "synth", clips, seconds, cameras=1, noise_px=2.0, missing=0.0, seed=0)
    lines = json.loads((folder / INDEX).read_text())
    order = sorted(line["name"] for line in lines)
    side = dict(zip(order, ("val" if one else "train" for one in validates), strict=True))
    (folder / INDEX).write_text(json.dumps([line | {"split": side[line["name"]]} for line in lines]))
