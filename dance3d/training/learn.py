"""The runner's training side: a stage's training inputs first, then its training, all kept by key.

A lifter learns from motion itself; the detector from people cut out of calibrated pictures, filmed if none are given,
and so does the keypoint net, which also knows their joints;
the motion recogniser from lifted poses of filmed takes with labels from the truth; the genre classifier from what the
recogniser read in those poses. So each stage learns from what it will be given.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from dance3d.cache import key_of
from dance3d.contracts import Keypoints2D
from dance3d.datasets import splits
from dance3d.fingerprint import fingerprint
from dance3d.io import artefacts
from dance3d.io.crops import CAMERA, IMAGE, JOINTS, MASK, Crops
from dance3d.io.crops import TRUTH as TRUE_JOINTS
from dance3d.io.mocap import motion_files, source_files
from dance3d.runner import Given, Input, Result, Runner, file_given, library_versions
from dance3d.stages import TRAINABLE, get
from dance3d.synth.dataset import INDEX, KEYPOINTS, TRUTH, motion, write_films

SYNTH = "synth"
FOLDERS = {
    "keypoints": ("crops",),
    "detect": ("crops", "invented"),
    "motion": ("index", "poses", "truth", "keypoints"),
    "genre": ("index", "poses", "movements"),
}
"""Arguments of a stage's DataModule that ``Learner.inputs`` gives; the lifter's ``source`` has a default of its own."""
WEIGHTS = "weights.safetensors"


@dataclass(frozen=True)
class Films:
    """How true motion is filmed for training; as in ``synth.dataset.write_films``."""

    clips: int = 12
    seconds: float = 20.0
    cameras: int = 4
    noise_px: float = 6.0
    missing: float = 0.05
    seed: int = 0
    tempos: tuple[float, ...] = ()
    invented: int = 0


@dataclass(frozen=True)
class Shots:
    """How motion becomes the crops that the detector and the keypoint net learn from; as in ``synth.shots``.

    Attributes:
        size: of the crops, pixels.
        train: moments of takes that train; each is seen by so many ``views``.
        held: moments of takes that validate, and as many of those that test.
        views: cameras.
        invented: crops of invented bodies.
        seed: of everything random.
    """

    size: int = 128
    train: int = 12000
    held: int = 300
    views: int = 4
    invented: int = 60000
    seed: int = 0


_WORKERS = os.cpu_count() or 1
TINY_SHOTS = Shots(size=64, train=120, held=12, views=2, invented=200)
TEMPOS, INVENTED = (0.75, 1.3), 150
"""What the recognisers' films have beside the takes: so few people move in a few ways only."""
TINY_FILMS = Films(clips=8, seconds=10.0, cameras=2)


class Learner:
    """Trains stages, in order of data flow, each on the outputs of the ones before."""

    def __init__(self, runner: Runner, source: str = SYNTH, *, tiny: bool = False, runs: Path = Path("runs")) -> None:
        """Set up.

        Args:
            runner: whose cache and weights are used; its weights are replaced by what is trained here.
            source: ``synth``, a folder of motion capture, or (for genre) a user's own labelled videos.
            tiny: the small configs, films and nets of the demo and the tests.
            runs: where checkpoints and logs go.

        Raises:
            ValueError: the source does not exist.
        """
        if source != SYNTH and not Path(source).exists():
            raise ValueError(f"training data {source!r} does not exist; give a folder, or {SYNTH!r}")
        self.runner, self.source, self.runs, self.tiny = runner, source, runs, tiny
        self.films = TINY_FILMS if tiny else Films()
        self.shots = TINY_SHOTS if tiny else Shots()

    def train(self, stage: str, overrides: Mapping[str, Any] | None = None, method: str = "") -> Path:
        """The weights of a stage, trained now unless the same training was done before.

        Args:
            stage: one of ``TRAINABLE``.
            overrides: settings laid over the YAML files, as nested mappings.
            method: another way to train it, a name of its ``methods``; its config is laid over the stage's.

        Raises:
            ValueError: nothing is trained in this stage, or not by this method.
        """
        from dance3d.training import fit as training

        row = get(stage)
        if not row.module:
            raise ValueError(f"stage {stage!r} has nothing to train; choose from {', '.join(TRAINABLE)}")
        classes = row.classes(method)
        inputs, data = self.inputs(stage)
        names = ["base", f"tiny/{stage}" if self.tiny else stage, *([f"{stage}_{method}"] if method else [])]
        configs = [training.config(name) for name in names]
        settings = {"configs": [yaml.safe_load(c.read_text()) for c in configs], "overrides": dict(overrides or {})}
        components = {
            "stage": f"{stage}-weights",
            "version": row.version,
            "settings": settings,
            "inputs": {name: given.key for name, given in inputs.items()},
            "code": fingerprint(*(path.partition(":")[0] for path in classes)),
            "libraries": library_versions(("torch", "lightning", "numpy")),
        }
        run_folder = self.runs / stage / key_of(components)[:12]  # the same training goes on in the same place

        def write(folder: Path) -> None:
            given = dict(overrides or {})
            changes = given | {"data": {**given.get("data", {}), **data}}
            made = training.fit(stage, changes, configs, run_folder)
            shutil.copyfile(made, folder / WEIGHTS)

        result = self.runner.ensure_files(f"{stage}-weights", components, write, inputs)
        self.runner.weights[stage] = result.entry.folder / WEIGHTS
        return self.runner.weights[stage]

    def inputs(self, stage: str) -> tuple[dict[str, Input], dict[str, Any]]:
        """What a stage learns from, made if need be: inputs by name, and the arguments of its DataModule."""
        if stage == "genre" and self.source != SYNTH and not _has_motion(Path(self.source)):
            return self._own_classes()
        if stage == "lift":
            return {"source": self._source()}, {"source": self.source}
        if stage in ("keypoints", "detect"):
            crops, folders = self._crops()
            return crops, {"crops": list(folders.values())} if stage == "keypoints" else folders
        films = self._films(self._more() if stage == "motion" else self.films)
        index = films.entry.folder / INDEX
        poses = self.runner.ensure("lift", {"keypoints": _listing(films, KEYPOINTS)})
        data = {"index": str(index), "poses": str(poses.entry.folder)}
        if stage == "motion":
            folders = {"truth": str(films.entry.folder / TRUTH), "keypoints": str(films.entry.folder / KEYPOINTS)}
            return {"films": films, "poses": poses}, data | folders
        movements = self.runner.ensure("motion", {"lift": poses})
        inputs: dict[str, Input] = {"films": films, "poses": poses, "movements": movements}
        return inputs, {**data, "movements": str(movements.entry.folder)}

    def _source(self) -> Given:
        if self.source == SYNTH:
            key = fingerprint("dance3d.synth.choreography")
            return Given(key, lambda: SYNTH)
        folder = Path(self.source)
        digest = hashlib.sha256()
        for path in source_files(folder):
            place = Path(os.path.relpath(path, folder)).as_posix()  # an index may lie above the folder
            digest.update(f"{place} {file_given(path).key}\n".encode())
        return Given(digest.hexdigest(), lambda: folder)

    def _more(self) -> Films:
        """What the recognisers learn from: also takes at other tempos, and motion without a style."""
        return self.films if self.tiny else replace(self.films, tempos=TEMPOS, invented=INVENTED)

    def _films(self, films: Films) -> Result:
        source = self._source()
        components = {
            "stage": "films",
            "settings": vars(films),
            "inputs": {"source": source.key},
            "code": fingerprint("dance3d.synth.dataset"),
        }
        write: Callable[[Path], None] = lambda folder: write_films(folder, self.source, **vars(films))  # noqa: E731
        return self.runner.ensure_files("films", components, write, {"source": source})

    def _crops(self) -> tuple[dict[str, Input], dict[str, Any]]:
        """People cut out of calibrated pictures: the source if it holds some, else filmed; and invented bodies."""
        given, folder = vars(self.shots), Path(self.source)
        if _has_crops(folder):
            given = given | {"size": Crops(folder).size}
            files = [folder / name for name in (INDEX, IMAGE, MASK, CAMERA, TRUE_JOINTS, JOINTS)]
            digest = "".join(file_given(path).key for path in files if path.is_file())
            crops: Input = Given(hashlib.sha256(digest.encode()).hexdigest(), lambda: folder)
        else:
            write = partial(_write_shots, self.source, self.films)
            crops = shots = self._filmed("shots", given, {"source": self._source()}, write)
            folder = shots.entry.folder
        some = {name: given[name] for name in ("size", "invented", "seed")}
        invented = self._filmed("invented", some, {}, _write_invented)
        return {"crops": crops, "invented": invented}, {"crops": str(folder), "invented": str(invented.entry.folder)}

    def _filmed(
        self, name: str, settings: Mapping[str, Any], inputs: Mapping[str, Input], write: Callable[..., None]
    ) -> Result:
        """A folder of crops that ``write(folder, settings)`` makes, from the cache or made now."""
        components = {
            "stage": name,
            "settings": dict(settings) | ({"films": vars(self.films)} if inputs else {}),
            "inputs": {key: given.key for key, given in inputs.items()},
            "code": fingerprint("dance3d.synth.shots"),
        }
        return self.runner.ensure_files(name, components, lambda folder: write(folder, settings), inputs)

    def _own_classes(self) -> tuple[dict[str, Input], dict[str, Any]]:
        """A user's labelled videos, through the stages before genre, as one training set."""
        from dance3d.io.labels import read_labels

        labelled = read_labels(Path(self.source))
        chains = [(path, label, self.runner.chain(file_given(path), until="motion")) for path, label in labelled]
        components = {
            "stage": "examples",
            "inputs": [[label, chain["lift"].key, chain["motion"].key] for _, label, chain in chains],
        }

        def write(folder: Path) -> None:
            index: list[dict[str, Any]] = []
            for name in ("lift", "motion"):
                (folder / name).mkdir()
            for number, (path, label, chain) in enumerate(chains):
                for pose, movements in zip(chain["lift"].load(), chain["motion"].load(), strict=True):
                    artefacts.save(pose, folder / "lift" / f"{len(index):04d}.npz")
                    artefacts.save(movements, folder / "motion" / f"{len(index):04d}.npz")
                    group = f"{number}-{path.stem}"
                    index.append({"name": group, "group": group, "genre": label, "camera": 0, "split": "train"})
            if not index:
                raise ValueError(f"{self.source}: nobody was found in any of {len(chains)} videos")
            (folder / INDEX).write_text(json.dumps(index, indent=0))

        examples = self.runner.ensure_files("examples", components, write, {})
        at = examples.entry.folder
        data = {"index": str(at / INDEX), "poses": str(at / "lift"), "movements": str(at / "motion")}
        return {"examples": examples}, data


def _has_crops(source: Path) -> bool:
    """Whether a folder is one of crops; an index of films, a list, is none."""
    index = source / INDEX
    return index.is_file() and isinstance(found := json.loads(index.read_text()), dict) and "crops" in found


def _write_shots(source: str, films: Films, folder: Path, given: Mapping[str, Any]) -> None:
    from dance3d.synth import shots

    takes = motion(source, films.clips, films.seconds)
    split = splits.checked(splits.deal(takes), source)
    counts = {"train": given["train"], "val": given["held"], "test": given["held"]}
    some = {name: count for name, count in counts.items() if name in split.values()}
    shots.write_shots(
        folder, shots.scenes(takes), given["size"], some, given["views"], given["seed"], split, workers=_WORKERS
    )


def _write_invented(folder: Path, given: Mapping[str, Any]) -> None:
    from dance3d.synth import shots

    shots.write_invented(folder, given["size"], given["invented"], given["seed"] + 1, _WORKERS)


def _has_motion(source: Path) -> bool:
    return source.is_dir() and bool(motion_files(source))


def _listing(films: Result, name: str) -> Given:
    """One kind of a training set's artefacts as an input."""

    def load() -> list[Keypoints2D]:
        paths = sorted((films.entry.folder / name).glob("*.npz"))
        return [artefacts.load(path, Keypoints2D) for path in paths]

    return Given(films.key, load)
