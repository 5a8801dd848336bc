"""What stages train on, made if need be and kept by key: the table of stages names one of these functions per stage.

A stage trains on what it will read: the lifter on motion; the detector and the keypoint net on people cut out of
calibrated pictures; the motion recogniser on lifted poses of filmed takes, with labels from the truth; the genre
classifier on the movements that the recogniser found in those poses.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from dance3d.contracts import Keypoints2D
from dance3d.datasets.class_labels import read_labels
from dance3d.datasets.crop_folder import CAMERA, IMAGE, JOINTS, MASK, Crops
from dance3d.datasets.crop_folder import TRUTH as TRUE_JOINTS
from dance3d.datasets.mocap import load_motion, motion_files, source_files
from dance3d.datasets.movement_labels import from_movements
from dance3d.datasets.movement_labels import write as write_labels
from dance3d.io import artefacts
from dance3d.io.world_frame import pose_of
from dance3d.pipeline.cache_entry import key_of
from dance3d.pipeline.cache_key import components
from dance3d.pipeline.fingerprint import fingerprint
from dance3d.pipeline.given import Given, file_given
from dance3d.pipeline.runner import Input, Result, Runner
from dance3d.synth.filmed_mocap import INDEX, KEYPOINTS, TRUTH, add_films, write_films
from dance3d.training.examples import MOVEMENTS, POSES, Labelled, write_examples
from dance3d.training.films import CAMERAS, DETECTED, INVENTED, TEMPOS, FilmSettings, detected_films
from dance3d.training.fold_nets import FoldNets

SYNTH, LABELS = "synth", "labels.csv"
SYNTH_MINUTES = 2.0
"""Of the synthetic dancer per genre, whose movements are labelled; as ``LiftData`` has them."""
Inputs = tuple[dict[str, Input], dict[str, Any]]
"""Inputs by name, whose keys count; and the arguments that a DataModule gets to find them."""


@dataclass(frozen=True)
class CropSettings:
    """How motion becomes the crops that the detector and the keypoint net learn from; as in ``synth.crop_sets``.

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
TINY_CROPS = CropSettings(size=64, train=120, held=12, views=2, invented=200)
TINY_FILMS = FilmSettings(clips=8, seconds=10.0, cameras=2)


class TrainingSource:
    """Where training begins, and what is filmed of it."""

    def __init__(self, runner: Runner, path: str = SYNTH, *, tiny: bool = False, videos: str = "") -> None:
        """Set up.

        Args:
            runner: whose cache and weights are used.
            path: ``synth``, a folder of motion capture or of crops, or a user's own labelled videos.
            tiny: the small films of the demo and the tests.
            videos: folder of unlabelled videos or keypoints (``training.recordings``), for methods that use them.

        Raises:
            ValueError: the path does not exist.
        """
        if path != SYNTH and not Path(path).exists():
            raise ValueError(f"training data {path!r} does not exist; give a folder, or {SYNTH!r}")
        self.runner, self.path, self.tiny, self.videos = runner, path, tiny, videos
        self.fold_nets: FoldNets | None = None
        self.films = TINY_FILMS if tiny else FilmSettings()
        self.crop_settings = TINY_CROPS if tiny else CropSettings()

    def takes(self) -> Given:
        """True motion: the synthetic dancer by its code, a folder by its files, or one file."""
        if self.path == SYNTH:
            return Given(fingerprint("dance3d.synth.choreography"), lambda: SYNTH)
        folder = Path(self.path)
        files = {_place(path, folder): file_given(path).key for path in source_files(folder)}
        return Given(key_of(files), lambda: folder)

    def filmed(self, films: FilmSettings, detected: int = 0) -> Result:
        """True motion and keypoints of it, filmed; the keypoints of some films as the detector finds them.

        Args:
            films: with noise.
            detected: films that the detector reads beside those.
        """
        given = asdict(replace(films, folds=self.fold_nets.count if self.fold_nets else 0))
        inputs: dict[str, Input] = {"source": self.takes()}
        added = detected_films(self.made, self.runner, self.path, inputs, films, detected) if detected else None
        inputs |= added.inputs if added else {}

        def write(folder: Path) -> None:
            write_films(folder, self.path, **given)
            if added is not None:
                add_films(folder, added.folder, added.keypoints())

        return self.made("films", "dance3d.synth.filmed_mocap", inputs, given, write)

    def crops(self) -> tuple[Input, Result]:
        """People cut out of calibrated pictures: the source if it holds some, else filmed; and invented bodies."""
        from dance3d.synth import crop_sets

        code, given = "dance3d.synth.crop_sets", asdict(self.crop_settings)
        invented = {"invented": given.pop("invented")}
        crops: Input
        if _has_crops(Path(self.path)):
            crops = _crop_files(Path(self.path))
            given["size"] = Crops(Path(self.path)).size
        else:
            given |= {"clips": self.films.clips, "seconds": self.films.seconds}
            write = crop_sets.write_filmed
            crops = self.made(
                "shots",
                code,
                {"source": self.takes()},
                given,
                lambda folder: write(folder, self.path, workers=_WORKERS, **given),
            )
        invented |= {name: given[name] for name in ("size", "seed")}
        make: Callable[[Path], None] = lambda folder: crop_sets.write_invented(folder, workers=_WORKERS, **invented)  # noqa: E731
        return crops, self.made("invented", code, {}, invented, make)

    def distances(self, crops: Input) -> Result:
        """Distance maps of the masks of crops, in an entry of their own: that of the crops must not change."""
        from dance3d.stages.detect.distance_maps import ensure_distances

        def write(folder: Path) -> None:
            ensure_distances(folder, Crops(Path(folder_of(crops))))

        return self.made("distances", "dance3d.stages.detect.distance_maps", {"crops": crops}, {}, write)

    def movement_labels(self) -> Result:
        """When which movement happens in each take, by the rules, as ``datasets.movement_labels`` writes it."""
        from dance3d.stages.lift.data import synthetic
        from dance3d.stages.motion.rules.computed_labels import movements

        def write(folder: Path) -> None:
            takes = synthetic(SYNTH_MINUTES) if self.path == SYNTH else load_motion(Path(self.path))
            rows = [row for take in takes for row in from_movements(take.name, movements(pose_of(take)))]
            write_labels(rows, folder / LABELS)

        code = "dance3d.stages.motion.rules.computed_labels"
        return self.made("movement-labels", code, {"source": self.takes()}, {}, write)

    def examples(self) -> Result:
        """A user's labelled videos, through the stages before genre, as one training set."""
        labelled = read_labels(Path(self.path))
        chains = [(one, self.runner.chain(file_given(one.path), until="motion")) for one in labelled]
        keys = {
            f"{number:04d}": [one.label, one.dancer, chain["lift"].key, chain["motion"].key]
            for number, (one, chain) in enumerate(chains)
        }

        def write(folder: Path) -> None:
            videos = (
                Labelled(one.path.stem, one.label, chain["lift"].load(), chain["motion"].load(), one.dancer)
                for one, chain in chains
            )
            try:
                write_examples(folder, videos)
            except ValueError as error:
                raise ValueError(f"{self.path}: {error}") from error

        parts = components("examples", ("dance3d.training.examples",), keys, libraries=("numpy",))
        return self.runner.ensure_files("examples", parts, write, {})

    def made(
        self,
        name: str,
        code: str,
        inputs: dict[str, Input],
        settings: dict[str, Any],
        write: Callable[[Path], None],
    ) -> Result:
        """Files of a kind, kept by key.

        Args:
            name: of the kind.
            code: module that makes them.
            inputs: that they are made from.
            settings: of the making.
            write: fills an empty folder.
        """
        keys = {key: given.key for key, given in inputs.items()}
        parts = components(name, (code,), keys, settings, libraries=("numpy", "scipy", "opencv-python"))
        return self.runner.ensure_files(name, parts, write, inputs)


# ---- one function per kind of training set: what the table of stages names ------------------------------------------


def motion(source: TrainingSource) -> Inputs:
    """True motion as it is."""
    return {"source": source.takes()}, {"source": source.path}


def crops(source: TrainingSource) -> Inputs:
    """Crops of calibrated views, their distance maps, and beside them crops of invented bodies."""
    seen, invented = source.crops()
    inputs: dict[str, Input] = {"crops": seen, "invented": invented, "distances": source.distances(seen)}
    return inputs, {name: folder_of(one) for name, one in inputs.items()}


def mixed_crops(source: TrainingSource) -> Inputs:
    """The same crops, of all kinds together."""
    seen, invented = source.crops()
    return {"crops": seen, "invented": invented}, {"crops": [folder_of(seen), folder_of(invented)]}


def poses(source: TrainingSource) -> Inputs:
    """Poses lifted from films, and the truth; also of takes at other tempos, and of motion without a style."""
    more = replace(source.films, tempos=TEMPOS, invented=INVENTED, cameras=CAMERAS)
    films = source.filmed(source.films, 0) if source.tiny else source.filmed(more, DETECTED)
    lifted = lift_films(source, films)
    at = films.entry.folder
    folders = {"truth": str(at / TRUTH), "keypoints": str(at / KEYPOINTS), "poses": folder_of(lifted)}
    return {"films": films, "poses": lifted}, {"index": str(at / INDEX), **folders}


def movements(source: TrainingSource) -> Inputs:
    """Movements recognised in lifted poses: of films, or of labelled videos of a user if the source holds no motion."""
    if source.path != SYNTH and not motion_files(Path(source.path)):
        own = source.examples()
        at = own.entry.folder
        return {"examples": own}, {"index": str(at / INDEX), "poses": str(at / POSES), "movements": str(at / MOVEMENTS)}
    films = source.filmed(source.films)
    lifted = lift_films(source, films)
    found = _read(source, "motion", films, {"lift": lifted})
    folders = {"index": str(films.entry.folder / INDEX), "poses": folder_of(lifted), "movements": folder_of(found)}
    return {"films": films, "poses": lifted, "movements": found}, folders


def lift_films(source: TrainingSource, films: Result) -> Result:
    """Poses lifted from films."""

    def load() -> list[Keypoints2D]:
        return [artefacts.load(path, Keypoints2D) for path in sorted((films.entry.folder / KEYPOINTS).glob("*.npz"))]

    return _read(source, "lift", films, {"keypoints": Given(films.key, load)})


def _read(source: TrainingSource, stage: str, films: Result, inputs: dict[str, Input]) -> Result:
    """A stage's outputs of all films; where there are folds each by the net of its fold, else by the net that ships.

    Args:
        source: with the runner.
        stage: that reads.
        films: with their index.
        inputs: of the stage, in the order of the films.
    """
    if source.fold_nets is None:
        return source.runner.ensure(stage, inputs)
    return source.fold_nets.read(source.runner, stage, films, inputs)


def folder_of(made: Input) -> str:
    """Where an input lies."""
    return str(made.load() if isinstance(made, Given) else made.entry.folder)


def _has_crops(source: Path) -> bool:
    """Whether a folder is one of crops; an index of films, a list, is none."""
    index = source / INDEX
    return index.is_file() and isinstance(found := json.loads(index.read_text()), dict) and "crops" in found


def _crop_files(folder: Path) -> Given:
    """A folder of crops, known by the bytes of its files."""
    files = [folder / name for name in (INDEX, IMAGE, MASK, CAMERA, TRUE_JOINTS, JOINTS)]
    digest = "".join(file_given(path).key for path in files if path.is_file())
    return Given(hashlib.sha256(digest.encode()).hexdigest(), lambda: folder)


def _place(path: Path, source: Path) -> str:
    """Where a file lies in a source. Of takes right in it the name of the source counts too: it is their genre."""
    if source in (path, path.parent) and path.suffix != ".yaml":
        return f"../{path.parent.name}/{path.name}"
    return Path(os.path.relpath(path, source)).as_posix()  # an index may lie above the source
