"""Gain by a mask where the keypoints of whole limbs are missing, on real motion, filmed and rendered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from dance3d.contracts import Camera, Keypoints2D, Masks, MotionClip, Pose3D
from dance3d.geometry.projection import project
from dance3d.skeleton import H36M17
from dance3d.stages.lift.postprocess.mask_completion import complete_keypoints, fill_gaps
from dance3d.synth.render import render
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, Filmed, film, protocol_cameras

Lift = Callable[[list[Keypoints2D], Mapping[str, Any]], list[Pose3D]]
Flags = NDArray[np.bool_]
SHARE, SECONDS, BURST = 0.3, 5.0, 0.5
"""Share of frames in which a limb is missing, seconds taken from the middle of every take, and of every loss."""
_REDUCED = 4  # pixels of the picture to one of the mask
_WAVES, _ROUGH = 8, 2.0  # pixels between the outline's waves, and their height; a person is about 100 tall
_BITE = 6.0  # pixels, radius of a piece that is missing
_LIMBS = [
    H36M17.indices(f"{side}_{one}", f"{side}_{other}")
    for side in ("left", "right")
    for one, other in (("elbow", "wrist"), ("knee", "ankle"))
]
CASES = {"": (0.0, False), "noise5.": (5.0, False), "rough.": (0.0, True)}
"""Keypoint noise in pixels, and whether masks are imperfect, by the name of the figures."""


def bench_silhouette(clips: Sequence[MotionClip], lift: Lift) -> dict[str, float]:
    """Take limbs away from the keypoints in bursts of half a second, and lift without and with masks.

    Every take is seen by one camera of the dance-lift protocol; one limb at a time (elbow and wrist, or knee and ankle)
    is missing, in 30 % of the frames.

    Args:
        clips: takes of true motion.
        lift: lifts tracks with settings of the stage ``lift``.

    Returns:
        Under ``silhouette.`` with exact keypoints, ``silhouette.noise5.`` with 5 px of noise and ``silhouette.rough.``
        with masks whose outlines wave and that lack pieces: ``missing.mpjpe`` millimetres, of missing joints, with
        masks; ``missing.without.mpjpe``, the lifter left alone with the gaps; ``missing.straight.mpjpe``, with straight
        lines through time in them; ``missing.whole.mpjpe``, had nothing been missing; the same as ``.px`` in the
        picture of 1000 px and ``.depth`` in millimetres of depth; and as ``all.`` over all joints of all frames.
    """
    return {
        f"silhouette.{name}{key}": round(value, 2)
        for name, (noise, rough) in CASES.items()
        for key, value in score(clips, lift, noise, rough).items()
    }


def score(clips: Sequence[MotionClip], lift: Lift, noise_px: float, rough: bool) -> dict[str, float]:
    """The figures of one case; see ``bench_silhouette``.

    Args:
        clips: recorded motion.
        lift: lifts keypoints with settings.
        noise_px: standard deviation of the keypoints' noise, pixels.
        rough: whether masks have the errors of a segmenter.
    """
    view = {"field_of_view": PROTOCOL_CAMERA.field_of_view}
    errors: dict[str, list[NDArray[np.float64]]] = {}
    losses = []
    ordered = sorted((_middle(clip) for clip in clips), key=lambda clip: clip.name)
    filmed = [one for one in film(ordered, noise_px) if one.camera == 0]
    for number, (clip, one) in enumerate(zip(ordered, filmed, strict=True)):
        whole, rng = one.keypoints, np.random.default_rng([7, number])
        lost = bursts(len(whole.xy), round(BURST * clip.fps), rng)
        track = replace(
            whole,
            xy=np.where(lost[..., None], np.nan, whole.xy).astype(np.float32),
            score=np.where(lost, 0.0, whole.score).astype(np.float32),
            measured=whole.measured & ~lost,
        )
        exact = rendered(clip, number)
        masks = Masks(roughened(exact, rng) if rough else exact, track.time)
        straight = lift([fill_gaps(track)], view)[0]
        poses = {"": lift([complete_keypoints(track, straight, masks)], view)[0], ".straight": straight}
        poses |= {".without": lift([track], view)[0], ".whole": lift([whole], view)[0]}
        losses.append(lost.ravel())
        for name, pose in poses.items():
            errors.setdefault(name, []).append(_errors(pose, one))
    missing = np.concatenate(losses)
    out: dict[str, float] = {}
    for name, found in errors.items():
        each = np.concatenate(found)
        for joints, rows in (("missing", each[missing]), ("all", each)):
            means = rows.mean(0)
            out |= {f"{joints}{name}.{k}": float(v) for k, v in zip(("mpjpe", "px", "depth"), means, strict=True)}
    return out


def bursts(frames: int, length: int, rng: np.random.Generator, share: float = SHARE) -> Flags:
    """Joints of one limb that are missing for some frames at a time.

    Args:
        frames: T.
        length: of a loss, frames.
        rng: of joints and places.
        share: of the frames that miss a limb.

    Returns:
        (T, 17) true where missing.
    """
    lost = np.zeros((frames, len(H36M17.joints)), bool)
    while lost.any(1).mean() < share:
        first = int(rng.integers(0, max(1, frames - length + 1)))
        lost[first : first + length, _LIMBS[rng.integers(len(_LIMBS))]] = True
    return lost


def rendered(clip: MotionClip, number: int) -> Flags:
    """(T, 250, 250) masks of a dressed body in the first camera that ``film`` gives the take of this number."""
    full = PROTOCOL_CAMERA
    centre, size = (full.centre[0] / _REDUCED, full.centre[1] / _REDUCED), full.size[0] // _REDUCED
    camera = Camera(full.focal / _REDUCED, centre, (size, size), assumed=False)
    place = protocol_cameras(clip.xyz.astype(np.float64), np.random.default_rng([0, number]))[0]
    return np.stack([mask for _, mask in render(clip, camera, place, number)])


def roughened(masks: Flags, rng: np.random.Generator) -> Flags:
    """Masks as a segmenter gives them: outlines that wave from frame to frame, and a piece missing in each."""
    out = np.zeros_like(masks)
    high, wide = masks.shape[1:]
    down, across = np.mgrid[:high, :wide]
    for mask, put in zip(masks, out, strict=True):
        if not mask.any():
            continue
        waves = rng.normal(0, _ROUGH, (high // _WAVES + 1, wide // _WAVES + 1))
        edge = cv2.resize(waves, (wide, high), interpolation=cv2.INTER_CUBIC)
        signed = distance_transform_edt(mask) - distance_transform_edt(~mask)
        row, column = rng.choice(np.argwhere(mask))
        put[:] = (signed + edge > 0) & (np.hypot(down - row, across - column) > _BITE)
    return out


def _middle(clip: MotionClip) -> MotionClip:
    frames = min(len(clip.xyz), round(SECONDS * clip.fps))
    first = (len(clip.xyz) - frames) // 2
    return clip.part(first, first + frames)


def _errors(pose: Pose3D, one: Filmed) -> NDArray[np.float64]:
    """(T * 17, 3) how far every joint is off: millimetres, pixels, and millimetres of depth."""
    assert pose.root is not None and one.truth.root is not None
    off = (pose.xyz - one.truth.xyz).astype(np.float64)
    seen = [
        project((p.xyz + r[:, None]).astype(np.float64), PROTOCOL_CAMERA.focal, np.array(PROTOCOL_CAMERA.centre))
        for p, r in ((pose, pose.root), (one.truth, one.truth.root))
    ]
    columns = (
        1000 * np.linalg.norm(off, axis=-1),
        np.linalg.norm(seen[0] - seen[1], axis=-1),
        1000 * np.abs(off[..., 2]),
    )
    return np.stack(columns, -1).reshape(-1, 3)
