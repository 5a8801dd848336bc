"""Keypoints from and to ``.npz`` files: what other programs detected, brought to the one inner skeleton."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D
from dance3d.contracts.names import shown_name
from dance3d.geometry.extremities import sure_extremities
from dance3d.io.keypoint_files.plausible import MOST_PERSONS, MOST_ROWS, check_size, check_times
from dance3d.io.limits import LIMITS, Limits
from dance3d.io.safe_npz import read_npz
from dance3d.skeleton import EXTREMITIES, RECIPES, SKELETONS, to_h36m17

log = logging.getLogger(__name__)

POINTS = ("xy", "keypoints", "positions_2d")
_LAST = 2**40  # a frame's number
_FAR = 1e6  # pixels; more is damage
_MOST_NUMBER = 2**31  # a person's


def read_keypoints(
    path: Path | str,
    skeleton: str | None = None,
    size: tuple[int, int] | None = None,
    fps: float | None = None,
    limits: Limits = LIMITS,
) -> list[Keypoints2D]:
    """Read one track per person from an ``.npz`` of plain arrays.

    The file holds ``xy`` (or ``keypoints``) of shape (T, J, 2), (T, J, 3) with the score last, or the same with the
    persons in front (P, T, J, ...), in pixels, y down; NaN, or 0, 0 with score 0, where a joint is missing. Beside it,
    unless said in the call: ``skeleton`` (a layout's name), ``size`` (width, height), ``time`` (T,) seconds or
    ``fps``; and if there are, ``score`` and ``measured`` (T, J) or (P, T, J), ``extremities`` (T, 7, 2) or (P, T, 7, 2)
    in the order of ``skeleton.EXTREMITIES``, ``start``, the first row's frame in the video, ``person`` (P,) numbers and
    ``name`` (P,). What the call says wins.

    Args:
        path: the file.
        skeleton: name of the layout: needed where the file does not name it, since layouts share their joint counts.
        size: (width, height) of the frames in pixels.
        fps: frames per second.
        limits: what is refused.

    Returns:
        Tracks in the inner skeleton, numbered from 1 where the file does not; persons without one joint are left out.

    Raises:
        ValueError: not such a file, a name, size or time is missing, the arrays do not fit, or are beyond the limits.
    """
    path = Path(path)
    stored = read_npz(path, check=partial(_check_rows, path))
    name = skeleton or _text(stored.get("skeleton"))
    if name is None:
        raise ValueError(f"{path}: does not name its skeleton; say which: {', '.join(RECIPES)}")
    if name not in RECIPES:
        raise ValueError(f"{path}: skeleton {name!r} is not known; choose from {', '.join(RECIPES)}")
    points, score = _points(path, stored, len(SKELETONS[name].joints), name)
    if size is None:
        if "size" not in stored or stored["size"].shape != (2,) or stored["size"].dtype.kind not in "fiu":
            raise ValueError(f"{path}: does not say the frames' size; give size=(width, height) in pixels")
        size = (int(stored["size"][0]), int(stored["size"][1]))
    size, persons = check_size(path, size), len(points)
    time = _time(path, stored, fps, points.shape[1])
    check_times(path, time, limits)
    start = _number(path, stored, "start") or 0
    if not 0 <= start < _LAST:
        raise ValueError(f"{path}: start is {start:g}, expected the first row's frame, counted from 0")
    numbers, names = (_per_person(path, stored, key, kind, persons) for key, kind in (("person", "iu"), ("name", "U")))
    if numbers is not None and (
        len(set(numbers)) < len(numbers) or not (numbers > 0).all() or max(numbers) > _MOST_NUMBER
    ):
        raise ValueError(f"{path}: two persons have one number, or one is not in 1 to {_MOST_NUMBER}")
    measured, extremities = _measured(path, stored, points.shape[:-1]), _extremities(path, stored, points.shape[:2])
    tracks: list[Keypoints2D] = []
    for i in range(persons):
        xy, given = _person(path, points[i], None if score is None else score[i])
        if not np.isfinite(xy).any():
            continue
        inner, sure = to_h36m17(xy, given, name)
        seen = np.asarray(np.isfinite(inner).all(-1))
        if measured is not None:  # a joint of ours is, where all are that it is made of
            seen &= to_h36m17(xy, measured[i].astype(np.float64), name)[1] == 1
        ends = sure_extremities(xy, given, name) if extremities is None else extremities[i]
        number = len(tracks) + 1 if numbers is None else int(numbers[i])
        sure = np.where(np.isfinite(inner).all(-1), sure, 0)
        called = "" if names is None else shown_name(str(names[i]))
        if names is not None and called != names[i]:
            log.warning("%s: person %d is called %r here, as the file's name cannot be shown", path, number, called)
        track = Keypoints2D(inner, sure, seen, time, size, start=int(start), person=number, name=called)
        tracks.append(track if ends is None else replace(track, extremities=ends))
    return tracks


def _text(value: NDArray[Any] | None) -> str | None:
    return None if value is None else str(value)


def _number(path: Path, stored: Mapping[str, NDArray[Any]], name: str) -> float | None:
    if name not in stored:
        return None
    value = stored[name]
    if value.size != 1 or value.dtype.kind not in "fiu" or not np.isfinite(value).all():
        raise ValueError(f"{path}: {name} is of shape {value.shape} and type {value.dtype}, expected one number")
    return float(value.reshape(()))


def _per_person(
    path: Path, stored: Mapping[str, NDArray[Any]], name: str, kinds: str, persons: int
) -> NDArray[Any] | None:
    if name not in stored:
        return None
    if stored[name].shape != (persons,) or stored[name].dtype.kind not in kinds:
        raise ValueError(f"{path}: {name} has shape {stored[name].shape}, expected one for each of {persons} persons")
    return stored[name]


def _measured(path: Path, stored: Mapping[str, NDArray[Any]], shape: tuple[int, ...]) -> NDArray[np.bool_] | None:
    """(P, T, J): 1 where measured."""
    if "measured" not in stored:
        return None
    given = stored["measured"]
    given = given[None] if given.ndim == 2 else given
    if given.shape != shape or given.dtype != bool:
        raise ValueError(f"{path}: measured has shape {stored['measured'].shape}, expected {shape}, true or false")
    return given


def _extremities(path: Path, stored: Mapping[str, NDArray[Any]], shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    """(P, T, 7, 2) pixels, NaN where missing."""
    if "extremities" not in stored:
        return None
    given = stored["extremities"]
    given = given[None] if given.ndim == 3 else given
    if given.shape != (*shape, len(EXTREMITIES), 2) or given.dtype.kind not in "fiu":
        raise ValueError(
            f"{path}: extremities have shape {stored['extremities'].shape}, expected {(*shape, len(EXTREMITIES), 2)}"
        )
    if np.abs(np.nan_to_num(given, posinf=np.inf)).max(initial=0) > _FAR:
        raise ValueError(f"{path}: extremities hold infinite values, or lie far out of any picture; missing is NaN")
    return given.astype(np.float32)


def _check_rows(path: Path, name: str, shape: tuple[int, ...]) -> None:
    """Refuse more persons and frames than dancers have, before they are read."""
    persons, frames = (1, *shape[:1]) if len(shape) == 3 else shape[:2] if len(shape) == 4 else (0, 0)
    if name in POINTS and (persons > MOST_PERSONS or persons * frames > MOST_ROWS):
        raise ValueError(f"{path}: {persons} persons over {frames} frames are too many to be dancers")


def _points(
    path: Path, stored: Mapping[str, NDArray[Any]], joints: int, name: str
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """(P, T, J, 2 or 3) as stored, and (P, T, J) scores if they have an array of their own; not yet more memory."""
    found = [key for key in POINTS if key in stored]
    if not found:
        raise ValueError(f"{path}: has no array named {' or '.join(POINTS)}; it has {', '.join(stored) or 'none'}")
    array = stored[found[0]]
    if array.dtype.kind not in "fiu" or array.ndim not in (3, 4) or array.shape[-1] not in (2, 3):
        raise ValueError(f"{path}: {found[0]} has shape {array.shape}, expected ([P,] T, {joints}, 2 or 3)")
    if array.shape[-2] != joints:
        raise ValueError(f"{path}: {found[0]} has {array.shape[-2]} joints, skeleton {name} has {joints}")
    array = array[None] if array.ndim == 3 else array
    if not array.shape[1]:
        raise ValueError(f"{path}: {found[0]} has 0 frames")
    if "score" not in stored:
        return array, None
    if stored["score"].dtype.kind not in "fiub":
        raise ValueError(f"{path}: score is of type {stored['score'].dtype}, expected numbers")
    score = stored["score"][None] if stored["score"].ndim == 2 else stored["score"]
    if score.shape != array.shape[:-1]:
        raise ValueError(f"{path}: score has shape {stored['score'].shape}, expected {array.shape[:-1]}")
    return array, score


def _person(
    path: Path, points: NDArray[Any], own: NDArray[Any] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(T, J, 2) pixels of one person, NaN where missing, and (T, J) scores."""
    xy = points[..., :2].astype(np.float64)
    if np.abs(np.nan_to_num(xy, posinf=np.inf)).max(initial=0) > _FAR:
        raise ValueError(f"{path}: keypoints hold infinite values, or lie far out of any picture; missing is NaN")
    own = points[..., 2] if own is None and points.shape[-1] == 3 else own
    score = np.ones(xy.shape[:-1]) if own is None else np.nan_to_num(own.astype(np.float64), nan=0.0)
    if score.min(initial=0) < 0 or score.max(initial=0) > 1:
        raise ValueError(f"{path}: scores run from {score.min():g} to {score.max():g}, expected 0 to 1")
    missing = ~np.isfinite(xy).all(-1) | ((xy == 0).all(-1) & (score == 0))
    xy[missing], score[missing] = np.nan, 0
    return xy, score


def _time(path: Path, stored: Mapping[str, NDArray[Any]], fps: float | None, frames: int) -> NDArray[np.float64]:
    """(T,) seconds."""
    if fps is None and "time" in stored:
        time = stored["time"]
        if time.shape != (frames,) or time.dtype.kind not in "fiu":
            raise ValueError(f"{path}: time has shape {time.shape}, expected ({frames},)")
        return time.astype(np.float64)
    rate = fps if fps is not None else _number(path, stored, "fps")
    if rate is None:
        raise ValueError(f"{path}: says neither time nor fps; give fps=")
    if not 0 < rate <= 10000:
        raise ValueError(f"{path}: fps is {rate:g}, expected a positive number")
    return np.arange(frames) / rate
