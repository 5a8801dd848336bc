"""CMU Panoptic's bodies: ``hdPose3d_stage1_coco19.tar`` as it is published, a JSON file for each frame, of everyone.

The data set is for research only; nothing of it is in this package.
"""

from __future__ import annotations

import re
import tarfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from dance3d.io import flaws
from dance3d.io.json_files import parsed_json
from dance3d.io.motion_files.take import BODY, Array, ReadOptions, Take, fill
from dance3d.skeleton import COCO18, H36M17, to_h36m17

RATES = {"hd_29_97": 29.97, "vga_25": 25.0}
"""Frames per second by the files' ``fpsType``."""
_SIDE = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINTS = (
    *("neck", "nose", "pelvis", *(f"left_{joint}" for joint in _SIDE), *(f"right_{joint}" for joint in _SIDE)),
    *("left_eye", "left_ear", "right_eye", "right_ear"),
)
"""In the files' order."""
_FRAME = re.compile(r"body3DScene_(\d{8})\.json$")
_LARGEST, _MOST_FRAMES = 2**20, 200_000  # bytes of a frame, and frames of a file; chosen
_FAULTS = (tarfile.TarError, EOFError, OSError, LookupError, TypeError, AttributeError, ValueError, OverflowError)


def is_panoptic(name: str) -> bool:
    """Whether a file is called so."""
    return name.lower().endswith("pose3d_stage1_coco19.tar")


def read(path: Path, ask: ReadOptions) -> list[Take]:
    """Everyone of a file, a take each, named by the folder and the person's number: centimetres, y down.

    Args:
        path: of the archive, which is not unpacked.
        ask: what the user says of it.

    Raises:
        ValueError: no such archive, or a frame that is none.
    """
    people: dict[int, dict[int, Array]] = {}
    frames: list[int] = []
    kind = ""
    try:
        with tarfile.open(path, "r|") as archive:  # a stream: nothing but the frames is looked at
            for member in archive:
                found = _FRAME.search(member.name)
                stream = archive.extractfile(member) if found and member.isfile() else None
                if found is None or stream is None:
                    continue
                stored = _stored(stream, f"{path}: {member.name}")
                frames.append(int(found[1]))
                if len(frames) > _MOST_FRAMES or max(frames) - min(frames) >= _MOST_FRAMES:
                    raise ValueError(f"holds more than {_MOST_FRAMES} frames")
                kind = str(stored.get("fpsType", "hd_29_97"))
                for body in stored["bodies"]:
                    points = np.array(body["joints19"], np.float64).reshape(len(JOINTS), 4)
                    people.setdefault(int(body["id"]), {})[frames[-1]] = points
    except _FAULTS as error:
        raise ValueError(f"{path} cannot be read as bodies of CMU Panoptic: {error}") from error
    if not people:
        raise ValueError(f"{path} holds nobody, in {len(frames)} frames such as body3DScene_00000100.json")
    rate = ask.rate or RATES.get(kind)
    if rate is None:
        raise ValueError(f"{path} has {kind!r} frames per second; choose from {', '.join(RATES)}, or give the rate")
    takes = [_take(path, person, people[person], rate, ask) for person in sorted(people)]
    whole = [take for take in takes if np.isfinite(take.xyz[:, H36M17.indices(*BODY)]).all((1, 2)).any()]
    if whole and len(whole) < len(takes):
        lost = ", ".join(take.name.rpartition("-")[2] for take in takes if take not in whole)
        flaws.tell(
            f"{path}: of person {lost} hips, knees, ankles and shoulders are never all there", "left out", ask.strict
        )
    return whole or takes


def _stored(stream: IO[bytes], what: str) -> dict[str, Any]:
    data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError(f"{what} is larger than {_LARGEST} bytes")
    found: dict[str, Any] = parsed_json(data, what)
    return found


def _take(path: Path, person: int, seen: dict[int, Array], rate: float, ask: ReadOptions) -> Take:
    """One person from the first to the last frame; missing joints and frames are NaN.

    Args:
        path: of the file.
        person: number in it.
        seen: (19, 4) places and confidence by frame; a joint of negative confidence is missing.
        rate: frames per second.
        ask: what the user says.
    """
    first = min(seen)
    points = np.full((max(seen) - first + 1, len(JOINTS), 3), np.nan)
    for frame, values in seen.items():
        points[frame - first] = np.where(values[:, 3:] >= 0, values[:, :3], np.nan)
    points = points[:, [JOINTS.index(joint) for joint in COCO18.joints]]
    joints = to_h36m17(points, np.ones(points.shape[:2]), COCO18.name)[0].astype(np.float64)
    scene = path.resolve().parent.name
    joints = fill(joints, rate, f"{path}: person {person}", ask.strict)
    step = ask.step(rate)
    kept, naming = joints[ask.skip :: step], "COCO's 19 joints"
    return Take(f"{scene}-{person}", kept, round(rate / step, 2), naming, 0.01, "-y", group=scene)
