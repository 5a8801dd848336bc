"""Are error bars of lifted joints right? On films of couples that the detector reads, and on the four-camera clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.benchmarks.multiview_clip import LIMBS, MultiviewClip
from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.skeleton import H36M17
from dance3d.synth.crowd import Crowd, Truth, film

Predict = Callable[..., list[Any]]
Array = NDArray[np.float64]
NEAR = 0.05
"""Metres: of joints that are said to be within so much, the share that is."""
LEAST_FRAMES = 60
"""Of a track, chosen: shorter ones are left out."""
_HIPS = H36M17.indices("left_hip", "right_hip")


@dataclass(frozen=True, eq=False)
class LiftedTruth:
    """A lifted track and the true joints around the root (T, 17, 3), camera frame, metres; NaN where not known."""

    track: Keypoints2D
    pose: Pose3D
    truth: Array


def filmed_and_lifted(
    crowds: Sequence[Crowd], predict: Predict
) -> Iterator[tuple[Crowd, Truth, list[Keypoints2D], list[Pose3D]]]:
    """Films of rendered dancers, found and lifted with the camera's field of view; with what is true of each.

    Args:
        crowds: the dancers.
        predict: runs a stage by name on inputs with settings.
    """
    for crowd in crowds:
        with TemporaryDirectory() as folder:
            video, known = film(crowd, Path(folder))
            _, *tracks = predict("keypoints", {"video": video}, {"people": len(crowd.people)})
        view = {"field_of_view": crowd.camera.field_of_view}
        yield crowd, known, tracks, predict("lift", {"keypoints": tracks}, view)


def of_couples(crowds: Sequence[Crowd], predict: Predict) -> Iterator[LiftedTruth]:
    """Films of couples, found and lifted with the camera's field of view; every track is whom it is nearest to.

    Args:
        crowds: the couples.
        predict: runs a stage by name on inputs with settings.
    """
    for crowd, known, tracks, poses in filmed_and_lifted(crowds, predict):
        for track, pose in zip(tracks, poses, strict=True):
            apart = np.nanmedian(np.linalg.norm(known.xy - track.xy, axis=-1), axis=(1, 2))
            who = crowd.people[int(np.argmin(apart))]
            # the pose is seen from where the camera looks, or from where it looked first if its motion is known
            turns = crowd.E[:, :, :3] if track.still is None else np.broadcast_to(crowd.E[:1, :, :3], (len(who), 3, 3))
            if track.measured.any(1).sum() >= LEAST_FRAMES:
                yield LiftedTruth(track, pose, np.einsum("tij,tkj->tki", turns, who - who[:, :1]))


def of_views(scene: MultiviewClip, poses: Sequence[Pose3D]) -> list[LiftedTruth]:
    """The limbs of a real clip, triangulated from other cameras; the root is the middle of the hips."""
    out = []
    for view, track, pose in zip(scene.views, scene.tracks, poses, strict=True):
        seen = scene.truth @ view.extrinsics[:, :3].T
        truth = np.full((track.frames, *scene.truth.shape[1:]), np.nan)
        truth[: len(seen), LIMBS] = (seen - seen[:, _HIPS].mean(1, keepdims=True))[:, LIMBS]
        out.append(LiftedTruth(track, pose, truth))
    return out


def figures(samples: Sequence[LiftedTruth]) -> dict[str, float]:
    """How right the error bars are.

    Returns:
        ``inside``: share of joints within their error bar (0.68 if they are right); ``near``: of those that are said
        to be within 5 cm the share that is; ``median_mm``: the median error bar. The pelvis, which has none, is left
        out; the body's size is made right by one factor for each track.
    """
    off, said = (np.concatenate([part.ravel() for part in parts]) for parts in zip(*map(_joints, samples), strict=True))
    known = np.isfinite(off) & np.isfinite(said) & (said > 0)
    off, said = off[known], said[known]
    near = said <= NEAR
    return {
        "inside": float((off <= said).mean()),
        "near": float((off[near] <= NEAR).mean()) if near.any() else float("nan"),
        "median_mm": 1000 * float(np.median(said)),
    }


def _joints(one: LiftedTruth) -> tuple[Array, Array]:
    """(T, 17) metres by which joints are off, and their error bars."""
    assert one.pose.doubt is not None
    xyz = one.pose.xyz.astype(np.float64)
    known = np.isfinite(xyz).all(-1) & np.isfinite(one.truth).all(-1)
    ours, true = xyz[known], one.truth[known]
    size = float((ours * true).sum() / max((ours**2).sum(), 1e-9))
    off = np.where(known, np.linalg.norm(size * xyz - one.truth, axis=-1), np.nan)
    return off, one.pose.doubt.astype(np.float64)


def fit(off: Array, kind: NDArray[np.int64], features: Array, share: float) -> tuple[Array, Array]:
    """The constants of ``stages.lift.postprocess.error_bars``, by quantile regression of the log of the error.

    Args:
        off: (N,) metres by which joints are off.
        kind: (N,) which kind of joint each is.
        features: (N, F) as ``error_bars.features`` gives them.
        share: the quantile, 0..1.

    Returns:
        Log metres of every kind, and a factor for every feature.
    """
    import torch

    wanted = torch.from_numpy(np.log(off + 1e-3)).float()
    given, kinds = torch.from_numpy(features).float(), torch.from_numpy(kind)
    base = torch.full((int(kind.max()) + 1,), -3.0, requires_grad=True)
    factors = torch.zeros(features.shape[1], requires_grad=True)
    optimizer = torch.optim.Adam([base, factors], 0.02)
    for _ in range(1500):
        rest = wanted - (base[kinds] + given @ factors)
        loss = torch.maximum(share * rest, (share - 1) * rest).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return base.detach().double().numpy(), factors.detach().double().numpy()
