"""MMPose's JSON: ``results_*.json`` of its demos, and what its inferencer writes (``pred_out_dir``).

The demos name the joints in ``meta_info`` and list the frames in ``instance_info``. The inferencer writes the list
alone, of a video; of pictures a file each, with the list of its instances.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dance3d.io.keypoint_files.bodies import FileBodies, FileHints, numbers
from dance3d.io.keypoint_files.source import Source
from dance3d.skeleton import H36M17

_DATA_SETS = {"h36m": H36M17.name}  # whose names are not ours
_INSTANCE = {"keypoints", "keypoint_scores"}
_LOOKED_AT = 20  # files of a folder, chosen: the first may be of pictures without anybody


def fits(source: Source) -> bool:
    """A dictionary with ``instance_info``, a list of frames with ``instances``, or a folder of lists of these."""
    if source.path.is_dir():
        first = list(source.numbered_json.values())[:_LOOKED_AT]
        return any(_is_list_of(Source(path).json_or_none, _INSTANCE) for path in first)
    if source.opens("["):
        return _is_list_of(source.json, {"frame_id", "instances"})
    found = source.json if source.opens("{") else None
    return isinstance(found, dict) and "instance_info" in found


def bodies(source: Source, said: FileHints) -> FileBodies:
    """Every frame's instances.

    Raises:
        ValueError: the file is not built so, or does not name its joints and the caller says no layout.
    """
    found, taken = FileBodies(source.path), set()
    for number, instances in _frames(source, found):
        if number in taken:
            found.lose(f"frame {number:.6g}: is there twice")
            continue
        taken.add(number)
        found.frame(number)
        for body in instances:
            try:
                points = _points(body, f"frame {number}")
            except ValueError as error:
                found.lose(str(error))
                continue
            found.add(number, points, body.get("track_id"))
    meta = source.json.get("meta_info") if source.path.is_file() and isinstance(source.json, dict) else None
    names = _names(meta)
    data_set = meta.get("dataset_name") if isinstance(meta, dict) else None
    if said.skeleton is None and isinstance(data_set, str) and data_set in _DATA_SETS:
        return found.laid_out(FileHints(_DATA_SETS[data_set]), {})
    if names and len(names) == found.joints:
        return found.named(names, said)
    return found.laid_out(said, {})


def _frames(source: Source, lost: FileBodies) -> Iterator[tuple[int, list[Any]]]:
    """Number and instances of every frame; what is none is counted as lost."""
    if source.path.is_dir():
        for number, path in source.numbered_json.items():
            content = Source(path).json_or_none
            yield number, content if isinstance(content, list) else [content]
        return
    frames = source.json.get("instance_info") if isinstance(source.json, dict) else source.json
    if not isinstance(frames, list):
        raise ValueError(f"{source.path}: has no list instance_info")
    for frame in frames:
        at = frame.get("frame_id") if isinstance(frame, dict) else None
        instances = frame.get("instances") if isinstance(frame, dict) else None
        if not isinstance(at, int) or not isinstance(instances, list):
            lost.lose("a frame has no frame_id or no instances; MMPose writes them of a video")
            continue
        yield at, instances


def _is_list_of(value: Any, keys: set[str]) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and keys <= set(value[0])


def _points(body: Any, where: str) -> Any:
    if not isinstance(body, dict):
        raise ValueError(f"{where}: an instance is no dictionary")
    xy, score = (numbers(body.get(key, []), where) for key in ("keypoints", "keypoint_scores"))
    if xy.ndim != 2 or xy.shape[1] != 2 or score.shape != (len(xy),):
        raise ValueError(f"{where}: keypoints have shape {xy.shape}, scores {score.shape}, expected (J, 2) and (J,)")
    return np.concatenate([xy, score[:, None]], 1)


def _names(meta: Any) -> list[str]:
    """Names of the joints, in order; empty where the file does not say."""
    named = meta.get("keypoint_id2name") if isinstance(meta, dict) else None
    if not isinstance(named, dict):
        return []
    names = [named.get(str(i)) for i in range(len(named))]
    return [name for name in names if isinstance(name, str)]
