"""Pickled dictionaries, rebuilt as data only: files of VideoPose3D, before and after its step 4, and of AIST++."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.io.keypoint_files.bodies import MOST_FRAMES, FileBodies, FileHints
from dance3d.io.keypoint_files.source import Source
from dance3d.io.safe_npz import read_npz
from dance3d.skeleton import COCO17, H36M17, Skeleton

_LAYOUTS = {"coco": COCO17, "h36m": H36M17}
_AIST_RATE, _AIST_SIZE = 60.0, (1920, 1080)  # frames per second and pixels of the data set
_AIST_CAMERAS = 9
_MOST_TAKES = 10_000  # in one file; chosen


def fits_videopose3d(source: Source) -> bool:
    """An archive whose ``positions_2d``, or ``keypoints`` beside ``boxes``, are pickled."""
    return source.arrays.get("positions_2d", False) or (
        source.arrays.get("keypoints", False) and "boxes" in source.arrays
    )


def videopose3d(source: Source, said: FileHints) -> FileBodies:
    """One camera of one action of one subject: ``positions_2d[subject][action][camera]``, (T, J, 2 or 3) pixels.

    The joints' order is what ``metadata`` names, or what its left and right sides leave no doubt of; never guessed
    from their number.

    Raises:
        ValueError: another archive, several takes and none chosen, or no word on the joints.
    """
    stored = read_npz(source.path, objects=True)
    if "positions_2d" not in stored and "keypoints" in stored:
        return _detectron(source, stored, said)
    subjects, meta = (_dictionary(stored.get(name)) for name in ("positions_2d", "metadata"))
    takes: dict[str, tuple[str, Any]] = {}
    for subject, actions in subjects.items():
        for action, cameras in actions.items() if isinstance(actions, dict) else ():
            views = cameras.items() if isinstance(cameras, dict) else enumerate(_listed(cameras))
            for camera, array in views:
                takes[f"{subject}/{action}/{camera}"] = (str(subject), array)
                if len(takes) > _MOST_TAKES:
                    raise ValueError(f"{source.path}: holds more than {_MOST_TAKES} takes")
    subject, array = takes[_chosen(source, list(takes), said.take)]
    found = _track(source, array)
    video = _dictionary(meta.get("video_metadata")).get(subject)
    if isinstance(video, dict) and all(isinstance(video.get(side), int) and video[side] > 0 for side in "wh"):
        found.size = video["w"], video["h"]
    layout = _layout(source, meta) if said.skeleton is None else None
    return found.laid_out(FileHints(layout.name) if layout else said, {})


def _detectron(source: Source, stored: dict[str, NDArray[Any]], said: FileHints) -> FileBodies:
    """What VideoPose3D's ``inference/infer_video_d2.py`` writes of a video, its step 3.

    ``keypoints`` has of every frame two classes, of which the second holds the people: (N, 4, 17) x, y, logit and
    probability of COCO's joints; ``metadata`` has ``w`` and ``h``.

    Raises:
        ValueError: another archive.
    """
    found, frames = FileBodies(source.path), stored["keypoints"]
    if frames.dtype != object or frames.ndim != 2 or frames.shape[1] != 2 or not 0 < len(frames) <= MOST_FRAMES:
        raise ValueError(
            f"{source.path}: looks like what VideoPose3D's inference writes (step 3), but its keypoints have shape "
            f"{frames.shape}; prepare_data_2d_custom.py (step 4) makes a data_2d_*.npz of it, which is read too"
        )
    for frame, (_, people) in enumerate(frames):
        found.frame(frame)
        several = _array(people)
        for points in several if several is not None and several.ndim == 3 else ():
            if points.shape[0] == 4:
                x, y, _, probability = points
                found.add(frame, np.stack([x, y, probability], 1))
            else:
                found.lose(f"frame {frame}: a body has numbers of shape {points.shape}, expected (4, 17)")
    meta = _dictionary(stored.get("metadata"))
    if all(isinstance(meta.get(side), int) and meta[side] > 0 for side in "wh"):
        found.size = meta["w"], meta["h"]
    return found.laid_out(said, {len(COCO17.joints): COCO17.name})


def fits_aist(source: Source) -> bool:
    """A pickle with ``keypoints2d``."""
    binary = source.head[:1] == b"\x80" or source.path.suffix == ".pkl"
    return binary and b"keypoints2d" in source.head


def aist(source: Source, said: FileHints) -> FileBodies:
    """One of nine cameras: ``keypoints2d`` (9, T, 17, 3) of COCO joints, 60 frames/s, 1920 x 1080.

    Raises:
        ValueError: another pickle, or several cameras and none chosen.
    """
    data = source.pickled
    views = _array(data.get("keypoints2d") if isinstance(data, dict) else None)
    if views is None or views.ndim != 4 or not 0 < len(views) <= _AIST_CAMERAS:
        raise ValueError(f"{source.path}: has no keypoints2d of shape (9, T, 17, 3)")
    cameras = [f"c{number:02d}" for number in range(1, len(views) + 1)]
    found = _track(source, views[cameras.index(_chosen(source, cameras, said.take))])
    found.size, found.fps = _AIST_SIZE, _AIST_RATE
    return found.laid_out(said, {len(COCO17.joints): COCO17.name})


def _track(source: Source, array: Any) -> FileBodies:
    """One person's frames."""
    points = _array(array)
    if points is None or points.ndim != 3 or points.shape[2] not in (2, 3) or not 0 < len(points) <= MOST_FRAMES:
        shape = None if points is None else points.shape
        raise ValueError(f"{source.path}: keypoints have shape {shape}, expected (T, J, 2 or 3)")
    if points.shape[2] == 2:
        points = np.concatenate([points, np.ones((*points.shape[:2], 1))], 2)
    found = FileBodies(source.path)
    for frame, body in enumerate(points):
        found.add(frame, body, 1)
    return found


def _chosen(source: Source, takes: list[str], take: str | None) -> str:
    """The take that the caller means, by its name or the beginning of it."""
    fitting = [name for name in takes if take is None or name == take or name.startswith(f"{take}/")]
    fitting = [take] if take in fitting else fitting
    if len(fitting) != 1:
        listed = ", ".join(name[:80] for name in (fitting or takes)[:40])
        what = "holds several takes; choose one by take=" if fitting else f"has no take {take!r}; choose from"
        raise ValueError(f"{source.path}: {what if takes else 'holds no take'} {listed}".rstrip())
    return fitting[0]


def _layout(source: Source, meta: dict[Any, Any]) -> Skeleton:
    named = meta.get("layout_name")
    sides = _sides(meta.get("keypoints_symmetry"))
    found = _LAYOUTS.get(named) if isinstance(named, str) else None
    if found is None and named is None:
        found = next((s for s in _LAYOUTS.values() if sides == (set(s.left), set(s.right))), None)
    if found is None or (sides is not None and sides != (set(found.left), set(found.right))):
        what = (
            f"has joints laid out as {named[:40]!r}" if isinstance(named, str) else "does not name its joints' layout"
        )
        odd = "" if found is None else ", but its keypoints_symmetry is another's"
        choices = ", ".join(layout.name for layout in _LAYOUTS.values())
        raise ValueError(f"{source.path}: {what}{odd}; say the skeleton: {choices}")
    return found


def _sides(value: Any) -> tuple[set[int], set[int]] | None:
    """Columns of left and right joints."""
    try:
        left, right = (set(map(int, side)) for side in value)
    except (TypeError, ValueError):
        return None
    return left, right


def _dictionary(value: Any) -> dict[Any, Any]:
    """A dictionary, or that in an array of one; empty where it is something else."""
    value = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Any]:
    several = isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)
    return list(value) if several else []


def _array(value: Any) -> NDArray[np.float64] | None:
    """An array of numbers, or none."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        return None
    return np.asarray(value, np.float64)
