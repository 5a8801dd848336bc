"""Unlabelled recordings to train on: videos through the stage ``keypoints``, or keypoints that are there already."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dance3d.contracts import Keypoints2D
from dance3d.datasets.mocap import motion_files
from dance3d.io import artefacts
from dance3d.io.images import VIDEOS
from dance3d.io.yaml_files import read_yaml
from dance3d.pipeline.cache_entry import key_of
from dance3d.pipeline.cache_key import components
from dance3d.pipeline.exit_codes import MENDABLE, one_line
from dance3d.pipeline.given import Given, file_given
from dance3d.pipeline.many.inputs import find_inputs
from dance3d.pipeline.runner import Input, Result, Runner
from dance3d.stages.lift.semi_supervised.recordings import Stretch, good_of_clip
from dance3d.training.inputs import SYNTH, Inputs, TrainingSource, folder_of
from dance3d.training.recipes import merged

log = logging.getLogger(__name__)


def beside_labels(source: TrainingSource) -> Inputs:
    """True motion, and recordings beside it where some are given or lie in the same folder.

    Raises:
        ValueError: a source without true motion.
    """
    if source.path != SYNTH and not motion_files(Path(source.path)):  # known before any video is read
        raise ValueError(
            f"{source.path} holds no motion capture: method semi learns from labelled motion too. Give motion capture"
            " as --data and the recordings as --videos, or take --method unsupervised"
        )
    return _with(_recorded(source), {"source": source.takes()}, source.path)


def in_place_of_labels(source: TrainingSource) -> Inputs:
    """Recordings where some are given, as ``--videos`` or as the data itself; else motion, of which films are made."""
    found = _recorded(source)
    alone = source.path == SYNTH or (found is not None and not motion_files(Path(source.path)))
    path = SYNTH if alone else source.path
    return _with(found, {"source": TrainingSource(source.runner, path).takes()}, path)


def _with(found: Input | None, inputs: dict[str, Input], path: str) -> Inputs:
    if found is None:
        return inputs, {"source": path}
    return {**inputs, "keypoints": found}, {"source": path, "keypoints": folder_of(found)}


def _recorded(source: TrainingSource) -> Input | None:
    """The recordings of a source: ``videos``, or those in its own folder, which are looked for among motion too."""
    if source.videos:
        return recorded(source.runner, Path(source.videos))
    folder = Path(source.path)
    if source.path == SYNTH or not folder.is_dir():
        return None
    motion = bool(motion_files(folder))
    if videos_in(folder):
        return recorded(source.runner, folder)
    return None if motion else recorded(source.runner, folder)


def recorded(runner: Runner, folder: Path) -> Input:
    """A folder of keypoints: of the good stretches of a folder's videos, or the folder itself if it holds keypoints.

    A video that cannot be read, or in which nobody is seen well, is left out with a warning.

    Args:
        runner: runs the stage ``keypoints``.
        folder: of videos, in it and below; or of results and other keypoints. One video will do.

    Raises:
        ValueError: it holds neither, or nothing good.
    """
    if not folder.exists():
        raise ValueError(f"{folder}: no such folder of videos or keypoints")
    videos = [folder] if folder.is_file() else videos_in(folder)
    if videos:
        return _stretches(runner, videos, folder)
    motion = motion_files(folder)
    files = sorted({path for path in folder.rglob("*.npz") if path.is_file()} - set(motion))
    if not files:
        held = f"; it holds motion capture ({motion[0].name}), which goes to --data" if motion else ""
        raise ValueError(f"{folder} holds no video ({', '.join(VIDEOS)}) and no keypoints (keypoints.npz){held}")
    return Given(key_of({path.relative_to(folder).as_posix(): file_given(path).key for path in files}), lambda: folder)


def going_on(start: Path, overrides: Mapping[str, Any] | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings of a training that goes on from weights: few steps at a low rate, in the net of the weights.

    Args:
        start: the weights.
        overrides: settings laid over these, as nested mappings.

    Returns:
        The settings; and those of the model that say where the weights are, which no key may contain.

    Raises:
        ValueError: no weights of a lifter.
    """
    from dance3d.stages.lift.load import load
    from dance3d.training.fit import config

    net = load(start)
    own = {name: net.config[name] for name in ("width", "taps", "causal")}
    layers = [read_yaml(config("lift_further")), {"model": own, "data": {"context": sum(net.context)}}, overrides or {}]
    return merged(layers), {"start": str(start)}


def videos_in(folder: Path) -> list[Path]:
    """The videos in a folder and below, none in folders of results."""
    try:
        return [one.path for one in find_inputs([folder])]
    except ValueError:
        return []


def _stretches(runner: Runner, videos: Sequence[Path], folder: Path) -> Result:
    """The good stretches of videos, each clip in a folder of its own; files with equal bytes count once."""
    found: dict[str, Result] = {}
    good: dict[str, list[Stretch]] = {}
    for video in videos:
        try:
            result = runner.chain(file_given(video), until="keypoints")["keypoints"]
        except MENDABLE as error:
            log.warning("left out: %s", one_line(error))
            continue
        if result.key in found:
            log.warning("left out: %s has the content of another video", video)
            continue
        tracks: list[Keypoints2D] = result.load()
        if not tracks:
            log.warning("left out: %s, nobody is found in it", video)
        if kept := good_of_clip(tracks, result.key, video.name, log.warning):
            found[result.key], good[result.key] = result, kept
    if not good:
        raise ValueError(
            f"{folder}: nobody is seen well in any of its {len(videos)} videos; there is nothing to train on"
        )

    def write(entry: Path) -> None:
        for clip, stretches in enumerate(good[key] for key in sorted(good)):
            (entry / f"{clip:04d}").mkdir()
            for number, one in enumerate(stretches):
                artefacts.save(one.track, entry / f"{clip:04d}" / f"{number:04d}.npz")

    code = ("dance3d.stages.lift.semi_supervised.recordings",)
    keys = {f"{number:04d}": key for number, key in enumerate(sorted(good))}
    parts = components("recordings", code, keys, libraries=("numpy",))
    return runner.ensure_files("recordings", parts, write, {})
