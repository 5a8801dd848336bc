"""How many people each quality of MoveNet finds in single rendered pictures with known truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dance3d.datasets.mocap import load_motion
from dance3d.skeleton import H36M17, to_h36m17
from dance3d.stages.keypoints.detectors.movenet import MoveNet
from dance3d.stages.keypoints.detectors.regions import Image
from dance3d.stages.keypoints.qualities import QUALITIES
from dance3d.synth.crop_dataset import scenes
from dance3d.synth.crowd import Crowd, couple, gathering, pictures, truth

Array = NDArray[np.float64]
NEAR = 0.1  # of a dancer's height: median distance of joints within which a body is this dancer
PLAIN, HIDDEN = 0.6, 0.15  # shares of the outline that has to be seen of dancers who should, and who can, be found
PICTURES = 5  # of each scene
_CROWDS = (("stay",) * 2, ("stay",) * 4, ("stay",) * 8, ("stay", "stay", "through", "through"))
_LIMBS = H36M17.indices(
    *(f"{s}_{j}" for s in ("left", "right") for j in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"))
)


def person_finding(salsa: Path | None) -> Iterator[dict[str, float]]:
    """Find people in single pictures of couples and gatherings.

    Args:
        salsa: folder of the couples' takes, or none for gatherings alone.

    Yields:
        For each of ``QUALITIES`` ``finding.QUALITY.plain`` and ``.hidden``: shares found of the dancers plainly seen,
        and of those mostly hidden; ``.false``: false bodies per picture; ``.ms`` per picture, with the start of the
        nets.
    """
    shown = [*_gatherings(), *(_couples(salsa) if salsa else ())]
    for quality in QUALITIES:
        found, there, false, began = np.zeros(2), np.zeros(2), 0, perf_counter()
        for image, xy, seen, covered in shown:
            with MoveNet(quality=quality) as detector:
                bodies = detector(image)
            got = matched(bodies, xy, covered)
            kinds = np.stack([seen >= PLAIN, (seen < PLAIN) & (seen >= HIDDEN)])
            found, there, false = found + (kinds & got).sum(1), there + kinds.sum(1), false + len(bodies) - got.sum()
        took = (perf_counter() - began) / len(shown)
        plain, hidden = found / np.maximum(there, 1)
        names = {"plain": plain, "hidden": hidden, "false": false / len(shown), "ms": 1000 * took}
        yield {f"finding.{quality}.{name}": float(value) for name, value in names.items()}


def matched(bodies: list[Array], xy: Array, covered: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which dancers are found: a body lies within ``NEAR`` of their uncovered joints.

    Args:
        bodies: (17, 3) x, y and score of each body that MoveNet found.
        xy: (P, 17, 2) true joints, pixels.
        covered: (P, 17) joints that another dancer covers.

    Returns:
        (P,) true where found.
    """
    cost = np.full((len(xy), len(bodies)), np.inf)
    for b, points in enumerate(bodies):
        joints, _ = to_h36m17(points[:, :2], points[:, 2], MoveNet.layout)
        apart = np.linalg.norm(joints[_LIMBS] - xy[:, _LIMBS], axis=-1) / np.ptp(xy[..., 1], axis=1)[:, None]
        for p, free in enumerate(~covered[:, _LIMBS]):
            if free.any():
                cost[p, b] = np.median(apart[p, free])
    rows, columns = linear_sum_assignment(np.where(cost < NEAR, cost, 1e3))
    got = np.zeros(len(xy), bool)
    got[rows] = cost[rows, columns] < NEAR
    return got


def _gatherings() -> Iterator[tuple[Image, Array, Array, NDArray[np.bool_]]]:
    for seed, moves in enumerate(_CROWDS):
        yield from _some(gathering(moves, PICTURES / 2, seed))


def _couples(salsa: Path) -> Iterator[tuple[Image, Array, Array, NDArray[np.bool_]]]:
    for seed, partners in enumerate(s for s in scenes(load_motion(salsa)) if len(s) == 2):
        yield from _some(couple(partners, seed, PICTURES / 2))


def _some(crowd: Crowd) -> Iterator[tuple[Image, Array, Array, NDArray[np.bool_]]]:
    """``PICTURES`` of a scene: picture, joints, share of each outline that is seen, joints covered by others."""
    rows = np.linspace(0, len(crowd.E) - 1, PICTURES).astype(int)
    few = replace(crowd, people=crowd.people[:, rows], E=crowd.E[rows])
    known = truth(few)
    for t, (image, _) in enumerate(pictures(few)):
        yield image, known.xy[:, t], known.seen[:, t] * known.there()[:, t], known.covered[:, t]
