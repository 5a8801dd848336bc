"""Folders of motion capture as training data: BVH takes of the CMU database reduced to the inner skeleton.

The joint definitions, units and grounding are those of the dance-lift protocol, so that figures compare.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import MotionClip
from dance3d.io.bvh import Bvh, read_bvh, transforms
from dance3d.io.places import data_root
from dance3d.skeleton import H36M17

CMU_UNIT = 0.0254 / 0.45
"""Metres per unit of CMU's own conversions (inches of a body scaled by 0.45)."""
ANKLE_HEIGHT = 0.08
"""Metres from the floor to the ankle joint of a standing dancer."""
GENRES = {"general": "everyday"}
"""Folder names that are no genre's name."""
_HELD_OUT = re.compile(r"05_\d+|salsa_13|salsa_28")
_HEAD_UP = np.array([0.0, 18.0, 0.0])  # head joint to top of the head in the centimetre conversion
# Source joint of every inner joint, in the two conversions of the CMU database that exist; the rest is computed.
_CENTIMETRES = {
    **{f"{s}_hip": f"{s[0]}Thigh" for s in ("left", "right")},
    **{f"{s}_knee": f"{s[0]}Shin" for s in ("left", "right")},
    **{f"{s}_ankle": f"{s[0]}Foot" for s in ("left", "right")},
    **{f"{s}_shoulder": f"{s[0]}Shldr" for s in ("left", "right")},
    **{f"{s}_elbow": f"{s[0]}ForeArm" for s in ("left", "right")},
    **{f"{s}_wrist": f"{s[0]}Hand" for s in ("left", "right")},
    "spine": "abdomen",
}
_CMU = {
    **{f"{s}_hip": f"{s.title()}UpLeg" for s in ("left", "right")},
    **{f"{s}_knee": f"{s.title()}Leg" for s in ("left", "right")},
    **{f"{s}_ankle": f"{s.title()}Foot" for s in ("left", "right")},
    **{f"{s}_shoulder": f"{s.title()}Arm" for s in ("left", "right")},
    **{f"{s}_elbow": f"{s.title()}ForeArm" for s in ("left", "right")},
    **{f"{s}_wrist": f"{s.title()}Hand" for s in ("left", "right")},
    "spine": "Spine",
}


def is_held_out(name: str) -> bool:
    """Whether a take is kept for testing: no shipped weights may have seen it."""
    return _HELD_OUT.fullmatch(name) is not None


def motion_files(folder: Path) -> list[Path]:
    """Every BVH file below a folder, plain or gzipped."""
    return sorted(p for p in folder.rglob("*") if p.name.endswith((".bvh", ".bvh.gz")))


def bench_folder(given: Path | None) -> Path:
    """The folder of motion capture to measure on: as given, else the CMU takes of the real data.

    Raises:
        ValueError: it is no folder.
    """
    folder = given or data_root() / "mocap" / "cmu"
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder of motion capture; pass --data or set DANCE3D_DATA")
    return folder


def bench_takes(given: Path | None) -> list[MotionClip]:
    """The takes to measure on: every one of a given folder, else those held out for testing.

    Raises:
        ValueError: no such folder, or nothing in it to measure on.
    """
    folder = bench_folder(given)
    clips = [clip for clip in load_motion(folder) if given or is_held_out(clip.name)]
    if not clips:
        raise ValueError(f"{folder} has none of the takes held out for testing")
    return clips


def load_motion(folder: Path, fps: int = 30) -> list[MotionClip]:
    """Every take of at least a second below a folder, sorted by name.

    The folder is laid out as one folder per genre with ``.bvh`` or ``.bvh.gz`` files. Takes are brought near ``fps`` by
    dropping frames, reduced to 17 joints in metres, y up, and set on the floor. The first frame, often a T-pose, is
    dropped.

    Raises:
        ValueError: no motion file below the folder, or a file that is no take of the CMU database.
    """
    files = motion_files(folder)
    if not files:
        raise ValueError(f"{folder} holds no .bvh or .bvh.gz file")
    clips = []
    for path in sorted(files, key=lambda p: p.name.split(".")[0]):
        bvh = read_bvh(path)
        step = max(1, round(1 / bvh.period / fps))
        kept = replace(bvh, motion=bvh.motion[1::step])
        if len(kept.motion) >= fps:
            name = path.name.split(".")[0]
            genre = GENRES.get(path.parent.name, path.parent.name)
            rate = round(1 / (bvh.period * step), 2)
            clips.append(MotionClip(joints17(kept, path).astype(np.float32), rate, name, group(name), genre))
    return clips


def group(name: str) -> str:
    """The group of a take: both partners of a salsa couple, all takes of a numbered subject, else the take itself."""
    if match := re.fullmatch(r"salsa_(\d+)", name):
        number = int(match[1])
        return f"salsa_{number if number <= 15 else number - 15:02d}"
    if match := re.match(r"(\d+)_", name):
        return match[1]
    return name


def joints17(bvh: Bvh, path: Path) -> NDArray[np.float64]:
    """(T, 17, 3) metres, y up, feet on the floor at y = 0, of a take of the CMU database.

    Raises:
        ValueError: the joints are those of neither conversion.
    """
    position, rotation = transforms(bvh)
    at = {name: position[:, i] for i, name in enumerate(bvh.names)}
    centimetres = "rThigh" in at
    try:
        joints = {joint: at[source] for joint, source in (_CENTIMETRES if centimetres else _CMU).items()}
        if centimetres:
            joints["nose"] = (at["head"] + (at["leftEye"] + at["rightEye"]) / 2) / 2
            joints["head"] = at["head"] + rotation[:, bvh.names.index("head")] @ _HEAD_UP
        else:
            joints["nose"] = at["Head"]
            joints["head"] = at["Head"] + 2 * (at["Head_End"] - at["Head"])
    except KeyError as error:
        raise ValueError(f"{path} has no joint {error}, which takes of the CMU database have") from error
    joints["pelvis"] = (joints["left_hip"] + joints["right_hip"]) / 2
    joints["thorax"] = (joints["left_shoulder"] + joints["right_shoulder"]) / 2
    xyz = np.stack([joints[name] for name in H36M17.joints], 1) * (0.01 if centimetres else CMU_UNIT)
    ankles = H36M17.indices("left_ankle", "right_ankle")
    xyz[..., 1] -= np.percentile(xyz[:, ankles, 1].min(1), 5) - ANKLE_HEIGHT
    return xyz
