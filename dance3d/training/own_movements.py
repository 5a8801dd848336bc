"""What a layer for movements of a user's own learns from: lifted poses of clips, with types and labels of one's own."""

from __future__ import annotations

import json
from pathlib import Path

from dance3d.datasets.mocap import motion_files
from dance3d.io import artefacts
from dance3d.io.images import VIDEOS, files
from dance3d.pipeline.cache_key import components
from dance3d.pipeline.given import file_given
from dance3d.pipeline.runner import Input, Result
from dance3d.synth.filmed_mocap import INDEX
from dance3d.training.examples import POSES
from dance3d.training.inputs import SYNTH, Inputs, TrainingSource, folder_of, lift_films


def own_movements(source: TrainingSource, types: Path, labels: Path) -> Inputs:
    """Lifted poses of a user's clips, videos or filmed motion, with types and labels of one's own.

    Args:
        source: a folder of either.
        types: YAML, as of ``stages.motion.custom_types``.
        labels: CSV, as of ``datasets.movement_labels``.
    """
    inputs: dict[str, Input] = {"types": file_given(types), "labels": file_given(labels)}
    if source.path == SYNTH or motion_files(Path(source.path)):
        films = source.filmed(source.films)
        inputs |= {"films": films, "poses": lift_films(source, films)}
        places = {"index": str(films.entry.folder / INDEX), "poses": folder_of(inputs["poses"])}
    else:
        inputs |= {"clips": (clips := clips_of(source))}
        places = {"index": str(clips.entry.folder / INDEX), "poses": str(clips.entry.folder / POSES)}
    return inputs, {**places, "types": str(types), "labels": str(labels)}


def clips_of(source: TrainingSource) -> Result:
    """Poses of every dancer of a user's videos; where there are several, the clip is ``VIDEO-person-N``.

    Raises:
        ValueError: there is no video.
    """
    chains = [
        (path.stem, source.runner.chain(file_given(path), until="lift"))
        for path in files(Path(source.path), VIDEOS)  # sorted by name
    ]
    if not chains:
        raise ValueError(f"{source.path} holds neither motion nor a video ({', '.join(VIDEOS)})")

    def write(folder: Path) -> None:
        (folder / POSES).mkdir()
        index: list[dict[str, str]] = []
        for name, chain in chains:
            found = chain["lift"].load()
            for pose in found:
                clip = name if len(found) == 1 else f"{name}-person-{pose.person}"
                artefacts.save(pose, folder / POSES / f"{len(index):04d}.npz")
                index.append({"name": clip, "group": name, "split": "train"})
        (folder / INDEX).write_text(json.dumps(index, indent=0))

    keys = {name: chain["lift"].key for name, chain in chains}
    parts = components("clips", ("dance3d.training.own_movements",), keys, libraries=("numpy",))
    return source.runner.ensure_files("clips", parts, write, {})
