"""Figures of gravity and floor: the error of ``up``, and the speed of standing feet, before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dance3d.benchmarks.lift.genre_table import scores
from dance3d.contracts import Keypoints2D, MotionClip, Pose3D
from dance3d.metrics import MPJPE
from dance3d.metrics.foot_skate import standing
from dance3d.skeleton import H36M17
from dance3d.stages.lift.postprocess.floor_contact import skate_speeds
from dance3d.stages.lift.postprocess.gravity import KnownFrames
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, Filmed, film

Lift = Callable[[list[Keypoints2D], Mapping[str, Any]], list[Pose3D]]
WAYS: tuple[dict[str, bool], ...] = ({"floor": False}, {"feet": False}, {})
"""Settings without floor, with a path that follows standing feet, and with legs that do."""
SLIDES = 0.2
"""Metres per second above which a standing foot counts as sliding."""


def bench_floor(clips: Sequence[MotionClip], lift: Lift) -> dict[str, float]:
    """Film takes with the dance-lift protocol's cameras and random ones; lift them without and with floor and feet.

    Args:
        clips: takes of true motion, feet on a floor.
        lift: lifts tracks with settings of the stage ``lift``.

    Returns:
        Under ``floor.``, of the protocol's exact keypoints; under ``floor.noise5.``, with 5 px of noise; and under
        ``floor.random.``, of cameras as people hold them, 0.3 to 2.5 m high, with noise and losses:
        ``up_degrees``, the mean angle that ``up`` is off, beside those of a level camera (``up_degrees.level``) and of
        the median trunk (``up_degrees.trunk``); ``skate.before``, ``skate.after`` and ``skate.true``, mean mm/s of feet
        that truly stand, over the floor, without and with the floor, and in the true motion; ``slides.before`` and
        ``slides.after``, their share above 0.2 m/s; ``error_px.before`` and ``error_px.after``, median re-projection
        error. Under ``feet.`` the same of the legs that hold standing feet, before and after, and ``mpjpe``, mm.
    """
    out: dict[str, float] = {}
    for name, filmed in (
        ("", film(clips)),
        ("noise5.", film(clips, 5.0)),
        ("random.", film(clips, 6.0, cameras="random", count=1, missing=0.03)),
    ):
        plain, path, stood = (_lifted(filmed, lift, given) for given in WAYS)
        out |= {f"floor.{name}{key}": round(value, 3) for key, value in score(filmed, plain, path).items()}
        out |= {f"feet.{name}{key}": round(value, 3) for key, value in feet(filmed, path, stood).items()}
    return out


def feet(filmed: Sequence[Filmed], path: Sequence[Pose3D], stood: Sequence[Pose3D]) -> dict[str, float]:
    """Figures of poses lifted without and with legs that hold standing feet; see ``bench_floor``.

    Args:
        filmed: takes with their truth.
        path: poses whose path alone follows the feet.
        stood: poses whose legs do too.
    """
    found = {key: value for key, value in score(filmed, path, stood).items() if not key.startswith("up_")}
    for name, poses in (("before", path), ("after", stood)):
        found[f"mpjpe.{name}"] = scores(filmed, poses, {"mpjpe": MPJPE})[""]["mpjpe"]
    return found


def score(filmed: Sequence[Filmed], plain: Sequence[Pose3D], stood: Sequence[Pose3D]) -> dict[str, float]:
    """Figures of poses lifted without and with floor; see ``bench_floor``.

    Args:
        filmed: takes with their truth.
        plain: poses lifted without a floor.
        stood: poses lifted with a floor.
    """
    angles: dict[str, list[float]] = {"up_degrees": [], "up_degrees.level": [], "up_degrees.trunk": []}
    slides: dict[str, list[NDArray[np.float64]]] = {"before": [], "after": [], "true": []}
    for one, before, after in zip(filmed, plain, stood, strict=True):
        assert one.truth.up is not None
        up = one.truth.up.astype(np.float64)
        known = np.asarray(np.isfinite(before.xyz).all((1, 2)) & np.isfinite(_root(before)).all(1))
        if after.up is None or not known.any():
            continue
        trunk = before.xyz[known][:, H36M17.index("thorax")].astype(np.float64)
        trunk /= np.linalg.norm(trunk, axis=1, keepdims=True)
        level, upright = np.array([0.0, -1.0, 0.0]), np.asarray(np.median(trunk, axis=0), np.float64)
        guesses: list[NDArray[np.floating]] = [after.up, level, upright]
        for name, found in zip(angles, guesses, strict=True):
            cosine = found @ up / np.sqrt((found**2).sum())
            angles[name].append(float(np.degrees(np.arccos(np.clip(cosine, -1, 1)))))
        world = torch.from_numpy(one.truth.xyz + _root(one.truth)[:, None])
        stands = standing(world[None], one.truth.fps, torch.from_numpy(up))[0].numpy()[known]
        for name, pose in (("before", before), ("after", after), ("true", one.truth)):
            slides[name].append(skate_speeds(_body(pose, known), up, stands))
    speed = {name: np.concatenate(found) if found else np.empty(0) for name, found in slides.items()}
    errors = {
        name: float(np.nanmedian(np.concatenate([p.error for p in poses])))
        for name, poses in (("before", plain), ("after", stood))
    }
    return {
        **{name: float(np.mean(found)) for name, found in angles.items()},
        **{f"skate.{name}": float(1000 * found.mean()) for name, found in speed.items()},
        **{f"slides.{name}": float((speed[name] > SLIDES).mean()) for name in ("before", "after")},
        **{f"error_px.{name}": value for name, value in errors.items()},
    }


def _lifted(filmed: Sequence[Filmed], lift: Lift, given: Mapping[str, bool]) -> list[Pose3D]:
    """Poses of all tracks, each with its own camera's field of view, protocol cameras in one go."""
    views = [one.truth.camera.field_of_view for one in filmed if one.truth.camera is not None]
    if all(view == PROTOCOL_CAMERA.field_of_view for view in views):
        return lift([one.keypoints for one in filmed], {"field_of_view": views[0], **given})
    return [lift([o.keypoints], {"field_of_view": v, **given})[0] for o, v in zip(filmed, views, strict=True)]


def _root(pose: Pose3D) -> NDArray[np.float64]:
    assert pose.root is not None
    return pose.root.astype(np.float64)


def _body(pose: Pose3D, rows: NDArray[np.bool_]) -> KnownFrames:
    return KnownFrames(pose.xyz[rows].astype(np.float64), _root(pose)[rows], pose.time[rows])
