"""C3D files through ezc3d (an extra): labelled markers to joint centres."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.io.motion_files.catalogue import group
from dance3d.io.motion_files.markers import centres, chosen
from dance3d.io.motion_files.names import SKULL, match_map
from dance3d.io.motion_files.take import UNITS, Ask, Take, complete, fill, with_head

Array = NDArray[np.float64]

_UNITS = {
    "mm": "mm",
    "cm": "cm",
    "m": "m",
    "meters": "m",
    "metres": "m",
    "in": "inch",
    "inch": "inch",
    "inches": "inch",
}
_MAGIC = 0x50  # second byte of every C3D file
_BLOCK = 512


def read(path: Path, ask: Ask) -> list[Take]:
    """One take for every person of a C3D file; where there are several, labels begin with a name and a colon.

    Raises:
        ValueError: no ezc3d, no C3D file, no units, markers that are not known, or gaps that are too long.
    """
    points, rate, said = _points(path)
    unit = _unit(said, ask, path)
    name, step = path.name.split(".")[0], ask.step(rate)
    found = _mapped(points, unit, ask, rate, path) if ask.map is not None else _people(points, unit, rate, path)
    several = len(found) > 1
    return [
        Take(
            f"{name}_{who}" if several else name,
            complete(joints)[ask.skip :: step] / unit,
            round(rate / step, 2),
            "joint centres from markers",
            unit,
            habit="z",
            group=group(name) if several else "",
        )
        for who, joints in found.items()
    ]


def _people(points: dict[str, Array], unit: float, rate: float, path: Path) -> dict[str, dict[str, Array]]:
    """Joints, metres, of everyone whose markers are all there, by what stands before the colon of the labels."""
    people: dict[str, dict[str, Array]] = {}
    for label, places in points.items():
        who, _, marker = label.rpartition(":")
        people.setdefault(who, {})[marker] = places
    found: dict[str, dict[str, Array]] = {}
    lacking: list[list[str]] = [["everything"]]
    for who, markers in people.items():
        choice, missing = chosen(markers)
        if missing:
            lacking.append(missing)
            continue
        used = {marker for names in choice.values() for marker in names}
        filled = {marker: fill(markers[marker] * unit, rate, f"{path}: marker {marker}") for marker in sorted(used)}
        found[who] = centres(filled, choice)
    if not found:
        least = min(lacking[1:] or lacking, key=lambda missing: len(missing))
        raise ValueError(f"{path}: its markers miss {', '.join(least)}. The file has {', '.join(points)[:2000] or 'none'}")
    return found


def _mapped(points: dict[str, Array], unit: float, ask: Ask, rate: float, path: Path) -> dict[str, dict[str, Array]]:
    """Joints, metres, of the one person that a user's map over labels describes."""
    match = match_map(ask.map or {}, points, path)
    used = {label for parts in match.recipe.values() for label in parts}
    at = {label: fill(points[label] * unit, rate, f"{path}: marker {label}") for label in sorted(used)}
    joints = {
        joint: np.asarray(sum(at[label] * weight for label, weight in parts.items()))
        for joint, parts in match.recipe.items()
    }
    neck = (joints["left_shoulder"] + joints["right_shoulder"]) / 2
    skull = joints.pop(SKULL, None)
    if skull is None:
        skull = joints["nose"] if "nose" in joints else (joints["head"] + neck) / 2
    return {"": with_head(joints, skull, skull - neck)}


def _points(path: Path) -> tuple[dict[str, Array], float, str]:
    """(T, 3) of every labelled marker in the file's units, NaN where missing; frames per second; and the units."""
    try:
        ezc3d = import_module("ezc3d")
    except ModuleNotFoundError as error:
        raise ValueError(f"{path} is read with ezc3d: pip install 'dance3d[c3d]'") from error
    _check(path)
    try:
        file = ezc3d.c3d(str(path))
        point: dict[str, Any] = file["parameters"]["POINT"]
        labels = [str(label).strip() for key in _label_keys(point) for label in point[key]["value"]]
        data = np.asarray(file["data"]["points"], np.float64)
        residuals = np.asarray(file["data"]["meta_points"]["residuals"], np.float64)
        rate = float(np.ravel(point["RATE"]["value"])[0])
        units = point.get("UNITS", {}).get("value") or [""]
    except (OSError, RuntimeError, ValueError, LookupError, TypeError, MemoryError, OverflowError) as error:
        raise ValueError(f"{path} is no C3D file that can be read: {error}") from error
    if data.ndim != 3 or data.shape[1] > len(labels) or not data.shape[2] or not 0 < rate < 1e5:
        raise ValueError(
            f"{path} holds {data.shape[1]} points, {data.shape[2]} frames at {rate:g} a second, {len(labels)} labels"
        )
    places = data[:3].transpose(1, 2, 0).copy()
    lost = (places == 0).all(-1) | (residuals[0, : len(places)] < 0)
    places[lost] = np.nan
    return dict(zip(labels, places, strict=False)), rate, str(units[0]).strip().lower()


def _label_keys(point: dict[str, Any]) -> list[str]:
    """LABELS, LABELS2, LABELS3 ...: a parameter holds 255 at most."""
    return ["LABELS", *(key for n in range(2, 50) if (key := f"LABELS{n}") in point)]


def _unit(said: str, ask: Ask, path: Path) -> float:
    if ask.unit is not None:
        return UNITS[ask.unit] if isinstance(ask.unit, str) else float(ask.unit)
    if said not in _UNITS:
        raise ValueError(f"{path} gives its units as {said!r}; say the unit: {', '.join(UNITS)}")
    return UNITS[_UNITS[said]]


def _check(path: Path) -> None:
    """Refuse before the library reads what cannot be: no header, or more frames than the file has room for."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_BLOCK)
    if len(head) < _BLOCK or head[1] != _MAGIC or not 2 <= head[0] <= max(2, size // _BLOCK):
        raise ValueError(f"{path} is no C3D file")
