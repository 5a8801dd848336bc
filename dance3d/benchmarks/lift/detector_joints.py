"""Where the default detector sees the joints of rendered training takes, for the choice of the lifter's augmentation.

Rendered bodies are capsules around motion capture's joints, no photographs: cloth, hair and muscles are missing, and
so are crowds. The figures are the centre of wide ranges, not their ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D, MotionClip
from dance3d.datasets import splits
from dance3d.datasets.mocap import load_motion
from dance3d.geometry.body_frame import LEFT, part_frame
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.predict import predict
from dance3d.stages.keypoints.settings import KeypointSettings
from dance3d.synth.crowd import Crowd, couple, film

Array = NDArray[np.float64]
_FRAMES, _SEED = 150, 500  # chosen
_TRUNK = 0.49  # metres, to which bodies are scaled
_MOST = 0.2  # metres: further off is another body part, and says nothing of where a joint is placed
_LEAST_SCORE = 0.3


def measure(folder: Path, count: int = 12) -> dict[str, float]:
    """Film training takes, detect them, and compare the joints.

    Args:
        folder: of motion capture.
        count: takes, spread over all.

    Returns:
        ``<joint>.<figure>`` as of ``figures``.
    """
    clips = load_motion(folder)
    split = splits.assign_splits(clips)
    train = [clip for clip in clips if split[clip.name] == "train"]
    return figures(list(_seen(train[:: max(len(train) // count, 1)][:count])))


def _seen(clips: Sequence[MotionClip]) -> Iterator[tuple[Crowd, Keypoints2D]]:
    for number, clip in enumerate(clips):
        crowd = couple([clip.part(0, _FRAMES)], _SEED + number)
        with TemporaryDirectory() as place:
            video, _ = film(crowd, Path(place))
            found = predict({"video": video}, KeypointSettings(people=1), None)
        tracks = [one for one in found if isinstance(one, Keypoints2D)]
        if tracks:
            yield crowd, tracks[0]


def figures(seen: Sequence[tuple[Crowd, Keypoints2D]]) -> dict[str, float]:
    """Errors of the first dancer's joints across the line of sight, of bodies with a trunk of 0.49 m.

    Args:
        seen: films and the track that was found in each.

    Returns:
        Per joint, millimetres: ``left``, ``up`` and ``front``, its constant offset in the trunk's frame; ``steady``,
        the standard deviation of what is left after it, robust; ``white``, that of its part that changes from frame to
        frame; ``ninth``, the ninth decile of all errors; and ``unsure``, the share of frames with a score below 0.3.
    """
    found: dict[str, float] = {}
    parts = [(_off(crowd, track), _frames(crowd), track.score) for crowd, track in seen]
    for j, joint in enumerate(H36M17.joints):
        offset = _offset([(off[:, j], frames) for off, frames, _ in parts])
        left = [off[:, j] - _across(frames) @ offset for off, frames, _ in parts]
        everything = np.concatenate(left)
        steps = np.concatenate([np.diff(one, axis=0) for one in left])
        lengths = np.linalg.norm(everything, axis=-1)
        values = {
            **dict(zip(("left", "up", "front"), 1000 * offset, strict=True)),
            "steady": 1000 * _robust(everything),
            "white": 1000 * _robust(steps) / np.sqrt(2),
            "ninth": 1000 * np.nanpercentile(lengths, 90),
            "unsure": float(np.mean(np.concatenate([score[:, j] for *_, score in parts]) < _LEAST_SCORE)),
        }
        found |= {f"{joint}.{name}": round(float(value), 2) for name, value in values.items()}
    return found


def _camera_joints(crowd: Crowd) -> Array:
    """(T, 17, 3) metres, camera frame, of the first dancer."""
    turned = np.einsum("tij,tkj->tki", crowd.E[:, :, :3], crowd.people[0])
    return np.asarray(turned + crowd.E[:, None, :, 3])


def _off(crowd: Crowd, track: Keypoints2D) -> Array:
    """(T, 17, 2) metres from the true joint to the detected one, at the joint's depth; NaN where none is seen."""
    xyz = _camera_joints(crowd)
    trunk = np.linalg.norm(xyz[:, H36M17.index("thorax")] - xyz[:, H36M17.index("pelvis")], axis=-1)
    true = xyz[..., :2] / xyz[..., 2:] * crowd.camera.focal + np.array(crowd.camera.centre)
    off = (track.xy - true) * (xyz[..., 2:] / crowd.camera.focal) * _TRUNK / np.median(trunk)
    inside = ((true >= 0) & (true < np.array(crowd.camera.size))).all(-1)
    return np.where(inside[..., None], off, np.nan)


def _frames(crowd: Crowd) -> Array:
    """(T, 3, 3) whose rows are left, up and forward of the trunk in the camera frame."""
    xyz = _camera_joints(crowd)
    left, right, thorax, pelvis = H36M17.indices("left_shoulder", "right_shoulder", "thorax", "pelvis")
    return np.asarray(part_frame(xyz[:, right] - xyz[:, left], xyz[:, thorax] - xyz[:, pelvis]) * LEFT)


def _across(frames: Array) -> Array:
    """(T, 2, 3) that takes an offset in the trunk's frame to what the camera sees of it."""
    return np.asarray(frames[:, :, :2].transpose(0, 2, 1))


def _offset(parts: Sequence[tuple[Array, Array]]) -> Array:
    """(3,) metres: the offset in the trunk's frame that explains the errors best, least squares."""
    rows, values = [], []
    for off, frames in parts:
        near = np.isfinite(off).all(-1) & (np.linalg.norm(off, axis=-1) < _MOST)
        rows.append(_across(frames)[near].reshape(-1, 3))
        values.append(off[near].reshape(-1))
    return np.asarray(np.linalg.lstsq(np.concatenate(rows), np.concatenate(values), rcond=None)[0])


def _robust(values: Array) -> float:
    return 1.4826 * float(np.nanmedian(np.abs(values)))
