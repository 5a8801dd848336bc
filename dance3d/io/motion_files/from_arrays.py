"""Joints as arrays: AIST++'s pickles, VideoPose3D's archive, ballroom recordings, and archives of our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import MotionClip
from dance3d.io import artefacts
from dance3d.io.gzip_files import unpacked
from dance3d.io.json_files import parsed_json
from dance3d.io.motion_files.take import ReadOptions, Take, fill
from dance3d.io.safe_npz import read_npz
from dance3d.io.safe_pickle import unpickled
from dance3d.skeleton import RECIPES, to_h36m17

Array = NDArray[np.float64]

_AIST_RATE, _H36M_RATE, _BALLROOM_RATE = 60.0, 50.0, 25.0
_PICKED = ("keypoints3d_optim", "keypoints3d")  # AIST++: fitted over time, or frame by frame


def aist(path: Path, ask: ReadOptions) -> list[Take]:
    """AIST++'s ``keypoints3d/*.pkl``: (T, 17, 3) COCO joints, centimetres, 60 frames/s, fitted over time if there.

    Raises:
        ValueError: no pickle of plain data, or not of such arrays.
    """
    found = unpickled(unpacked(path), path)
    key = next((key for key in _PICKED if isinstance(found, dict) and key in found), None)
    if key is None:
        raise ValueError(f"{path} holds {_kind(found)}, expected a dictionary with {' or '.join(_PICKED)}")
    points = _array(found[key], f"{path}: {key}")
    name = path.name.split(".")[0]
    return [_take(name, points, "coco17", ask.rate or _AIST_RATE, ask, path, unit=0.01)]


def videopose3d(path: Path, ask: ReadOptions) -> list[Take]:
    """VideoPose3D's ``data_3d_h36m.npz``: of every subject and action (T, 32, 3), metres, z up, 50 frames/s.

    Raises:
        ValueError: no such archive.
    """
    stored = read_npz(path, objects=True).get("positions_3d")
    subjects = stored.item() if stored is not None and stored.shape == () else None
    if not isinstance(subjects, dict) or not all(isinstance(actions, dict) for actions in subjects.values()):
        raise ValueError(f"{path} holds no positions_3d by subject and action")
    takes = []
    for subject, actions in subjects.items():
        for action, given in actions.items():
            points = _array(given, f"{path}: {subject}, {action}")
            layout = ask.skeleton or "h36m32"
            name = f"{subject}_{action}".replace(" ", "_")
            rate = ask.rate or _H36M_RATE
            takes.append(_take(name, points, layout, rate, ask, path, unit=1.0, up="z", group=str(subject)))
    return takes


def ballroom(path: Path, ask: ReadOptions) -> list[Take]:
    """``skeletons.json`` of the ballroom recordings, plain or gzipped: 23 markers, centimetres, y up, 25 frames/s.

    Raises:
        ValueError: no such file, or its skeletons and centres do not fit each other.
    """
    found = parsed_json(unpacked(path), path)
    if not isinstance(found, dict) or not {"skeletons", "center"} <= set(found):
        raise ValueError(f"{path} holds {_kind(found)}, expected skeletons and center")
    points = _array(found["skeletons"], f"{path}: skeletons")
    centre = _array(found["center"], f"{path}: center")
    if points.ndim != 3 or centre.shape != (len(points), 3):
        raise ValueError(f"{path}: {points.shape} skeletons do not fit {centre.shape} centres")
    name = path.parent.name if path.name.startswith("skeletons.") else path.name.split(".")[0]
    rate = ask.rate or _BALLROOM_RATE
    return [_take(name, points + centre[:, None], "ballroom23", rate, ask, path, unit=0.01, up="y")]


def archive(path: Path, ask: ReadOptions) -> list[Take]:
    """An ``.npz`` of one's own: ``xyz`` (T, J, 3), ``fps``, and ``skeleton``, unless the caller says them.

    Also ``unit`` and ``up``, as in ``Ask``, if the file says them.

    Raises:
        ValueError: no such arrays, or neither file nor caller names the skeleton and the rate.
    """
    stored = read_npz(path)
    if "xyz" not in stored:
        raise ValueError(f"{path} holds {', '.join(stored) or 'nothing'}, expected xyz, fps and skeleton")
    layout = ask.skeleton or _word(stored, "skeleton")
    if not layout:
        raise ValueError(f"{path} does not name its skeleton, so left and right are unknown; choose from {_layouts()}")
    rate = ask.rate or _number(stored, "fps", path)
    if rate is None:
        raise ValueError(f"{path} does not say its frames per second; give the rate")
    own = ReadOptions(unit=_word(stored, "unit") or _number(stored, "unit", path), up=_word(stored, "up") or None)
    points = _array(stored["xyz"], f"{path}: xyz")
    return [_take(path.name.split(".")[0], points, layout, rate, ask, path, own.metres, own.up)]


def clip(path: Path, ask: ReadOptions) -> list[Take]:
    """A ``MotionClip`` that this package saved.

    Raises:
        ValueError: another file.
    """
    read_npz(path)  # what it declares is checked first
    try:
        found = artefacts.load(path, MotionClip)
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no MotionClip that was saved: {error}") from error
    xyz = found.xyz.astype(np.float64)
    take = _take(found.name, xyz, "h36m17", found.fps, ask, path, unit=1.0, up="y", group=found.group)
    if (ends := found.extremities) is not None:
        take = replace(take, extremities=ends[ask.skip :: ask.step(found.fps)].astype(np.float64))
    return [replace(take, genre=found.genre, split=found.split)]


def _take(
    name: str,
    points: Array,
    layout: str,
    rate: float,
    ask: ReadOptions,
    path: Path,
    unit: float | None = None,
    up: str | None = None,
    group: str = "",
) -> Take:
    if layout not in RECIPES:
        raise ValueError(f"{path}: skeleton {layout!r} is not known; choose from {_layouts()}")
    if points.ndim != 3 or points.shape[-1] != 3 or not len(points):
        raise ValueError(f"{path}: {name} has shape {points.shape}, expected (frames, joints, 3)")
    if not 0 < rate < 1e5:
        raise ValueError(f"{path}: {name} has {rate} frames per second")
    points = np.where(np.isfinite(points), points, np.nan)
    joints = to_h36m17(points, np.ones(points.shape[:2]), layout)[0].astype(np.float64)
    joints = fill(joints, rate, f"{path}: {name}", ask.strict)
    step = ask.step(rate)
    kept = joints[ask.skip :: step]
    return Take(name, kept, round(rate / step, 2), f"layout {layout}", unit, up, group=group)


def _array(value: Any, what: str) -> Array:
    try:
        return np.array(value, dtype=np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{what} is no array of numbers: {error}") from error


def _word(stored: Mapping[str, NDArray[Any]], key: str) -> str:
    value = stored.get(key)
    return str(value) if value is not None and value.shape == () and value.dtype.kind == "U" else ""


def _number(stored: Mapping[str, NDArray[Any]], key: str, path: Path) -> float | None:
    value = stored.get(key)
    if value is None:
        return None
    if value.size != 1 or value.dtype.kind not in "iuf":
        raise ValueError(f"{path}: {key} is no number")
    return float(value.ravel()[0])


def _kind(value: object) -> str:
    return (
        f"a dictionary with {', '.join(map(str, list(value)[:10]))}"
        if isinstance(value, dict)
        else type(value).__name__
    )


def _layouts() -> str:
    return ", ".join(RECIPES)
