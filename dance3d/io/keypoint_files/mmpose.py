"""MMPose's ``results_*.json`` of its demos: ``meta_info`` names the joints, ``instance_info`` has a list per frame."""

from __future__ import annotations

from typing import Any

import numpy as np

from dance3d.io.keypoint_files.bodies import FileBodies, FileHints, numbers
from dance3d.io.keypoint_files.source import Source
from dance3d.skeleton import H36M17

_DATA_SETS = {"h36m": H36M17.name}  # whose names are not ours


def fits(source: Source) -> bool:
    """A dictionary with ``instance_info``."""
    found = source.json if source.opens("{") else None
    return isinstance(found, dict) and "instance_info" in found


def bodies(source: Source, said: FileHints) -> FileBodies:
    """Every frame's instances.

    Raises:
        ValueError: the file is not built so, or does not name its joints and the caller says no layout.
    """
    data = source.json if isinstance(source.json, dict) else {}
    frames, meta = data.get("instance_info"), data.get("meta_info")
    if not isinstance(frames, list):
        raise ValueError(f"{source.path}: has no list instance_info")
    found, taken = FileBodies(source.path), set()
    for frame in frames:
        number = frame.get("frame_id") if isinstance(frame, dict) else None
        instances = frame.get("instances") if isinstance(frame, dict) else None
        if not isinstance(number, int) or not isinstance(instances, list):
            raise ValueError(f"{source.path}: a frame has no frame_id or no instances; demos on a video write them")
        if number in taken:
            raise ValueError(f"{source.path}: frame {number:.6g} is there twice")
        taken.add(number)
        found.frame(number)
        for body in instances:
            found.add(number, _points(body, f"{source.path}, frame {number}"), body.get("track_id"))
    names = _names(meta)
    data_set = meta.get("dataset_name") if isinstance(meta, dict) else None
    if said.skeleton is None and isinstance(data_set, str) and data_set in _DATA_SETS:
        return found.laid_out(FileHints(_DATA_SETS[data_set]), {})
    if names and len(names) == found.joints:
        return found.named(names, said)
    return found.laid_out(said, {})


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
