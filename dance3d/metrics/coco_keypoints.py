"""Keypoints of several people in pictures, scored as COCO does: precision over object keypoint similarity (OKS).

Joints are those of ``skeleton.COCO17``; which of them count is chosen by name, as some layouts have fewer. A joint
without a label (NaN) does not count, a joint that a body lacks (NaN) is wrong.

Sources: Lin et al., Microsoft COCO, ECCV 2014, and the definition at cocodataset.org/#keypoints-eval; where these leave
    something open, ``COCOeval`` of pycocotools (2.0.11). Yang & Ramanan, PAMI 2013, section 6 (PCK).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dance3d.metrics.keypoints2d import CORRECT, THRESHOLDS, average_precision
from dance3d.skeleton import COCO17, SIGMAS

Array = NDArray[np.float64]
LIMBS = tuple(
    f"{side}_{part}" for side in ("left", "right") for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
)
"""Joints that mean the same in every layout."""
FOUND = 0.5
"""OKS from which on a body is of a person: the lowest of COCO's thresholds."""
LEAST_LIMBS = 5
"""Labelled limb joints of a person who is to be found; chosen: fewer do not tell one person from another."""
MOST_BODIES = 20
"""Bodies that count in a picture, best score first, as in COCO."""


@dataclass(frozen=True, eq=False)
class LabelledPeople:
    """The people of one picture.

    Attributes:
        joints: (M, 17, 2) pixels, of ``COCO17``; NaN where not labelled.
        boxes: (M, 4) left, top, right, bottom, pixels.
        area: (M,) of the outlines, square pixels.
        crowd: (M,) whether the label is of a crowd: bodies there are neither right nor wrong.
    """

    joints: Array
    boxes: Array
    area: Array
    crowd: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class FoundBodies:
    """What a detector gives for one picture.

    Attributes:
        joints: (N, 17, 2) pixels, of ``COCO17``; NaN where missing.
        score: (N,) the higher the surer.
    """

    joints: Array
    score: Array


@dataclass(frozen=True)
class PeopleCounts:
    """Counts of one picture, or of several added up.

    Attributes:
        people: with ``LEAST_LIMBS`` labelled limb joints or more, no crowds.
        found: of these, those whose body has an OKS of ``FOUND`` or more; one to one.
        false: bodies that are nobody's: neither of a found person, nor ``FOUND`` on one who does not count.
        joints: labelled limb joints of those ``people`` whose torso is labelled.
        correct: of these, those no further off than ``CORRECT`` times the torso; nobody's body has none.
    """

    people: int = 0
    found: int = 0
    false: int = 0
    joints: int = 0
    correct: int = 0

    def __add__(self, other: PeopleCounts) -> PeopleCounts:
        return PeopleCounts(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def similarity(bodies: Array, people: LabelledPeople, joints: Sequence[str]) -> Array:
    """(N, M) object keypoint similarity, 0 to 1, of bodies (N, 17, 2) and people over some joints.

    Of a person without a label among these joints it is, as in COCO, how near all joints are to the box doubled to each
    side: 1 inside it.

    Args:
        bodies: pixels; NaN where missing.
        people: labelled.
        joints: names of ``COCO17``.
    """
    columns = COCO17.indices(*joints)
    variance = (2 * np.array([SIGMAS[joint] for joint in joints])) ** 2
    found, true = bodies[:, None, columns], people.joints[None, :, columns]
    labelled = np.asarray(np.isfinite(true).all(-1))
    without = np.asarray(~labelled.any(-1))
    corner, wide = people.boxes[:, None, :2], people.boxes[:, None, 2:] - people.boxes[:, None, :2]
    beyond = np.maximum(corner - wide - found, 0) + np.maximum(found - (corner + 2 * wide), 0)
    off = np.where(without[..., None, None], beyond, found - true)
    scale = 2 * variance * (people.area[:, None] + np.spacing(1))
    near = np.nan_to_num(np.exp(-(off**2).sum(-1) / scale))
    counted = labelled | without[..., None]
    return np.asarray(np.where(counted, near, 0).sum(-1) / counted.sum(-1))


def average_precisions(
    pictures: Sequence[tuple[FoundBodies, LabelledPeople]], joints: Sequence[str] = COCO17.joints
) -> Array:
    """COCO's average precision of keypoints at each of ``THRESHOLDS``, all sizes; their mean is the AP.

    In every picture bodies, best first, are matched to the person with the highest OKS that no better body has taken.
    People without a label among the joints, and crowds, are ignored: a body matched there is neither right nor wrong.
    Then all bodies are ranked, and precision, made never to rise, is read at 101 recalls.

    Args:
        pictures: what was found and who is there.
        joints: names of those that count.

    Returns:
        (10,), 0 to 1; NaN where nobody is labelled.
    """
    count, scores, hits, ignored = 0, [], [], []
    for found, people in pictures:
        order = np.argsort(-found.score, kind="mergesort")[:MOST_BODIES]
        like = similarity(found.joints[order], people, joints)
        skip = people.crowd | np.isnan(people.joints[:, COCO17.indices(*joints)]).any(-1).all(-1)
        matches = [_matched(like, skip, people.crowd, threshold) for threshold in THRESHOLDS]
        count += int((~skip).sum())
        scores.append(found.score[order])
        hits.append(np.stack([hit for hit, _ in matches], -1))
        ignored.append(np.stack([passed for _, passed in matches], -1))
    if not count:
        return np.full(len(THRESHOLDS), np.nan)
    order = np.argsort(-np.concatenate(scores), kind="mergesort")
    ranked, passed = np.concatenate(hits)[order], np.concatenate(ignored)[order]
    columns = [torch.from_numpy(ranked[~passed[:, at], at]) for at in range(len(THRESHOLDS))]
    return np.array([float(average_precision(column, count)) for column in columns])


def people_found(found: FoundBodies, people: LabelledPeople) -> PeopleCounts:
    """Who is found in one picture, over the twelve limb joints.

    Bodies are given to people one to one, so that the sum of their OKS is largest.
    """
    limbs = people.joints[:, COCO17.indices(*LIMBS)]
    labelled = np.isfinite(limbs).all(-1)
    counts = ~people.crowd & (labelled.sum(-1) >= LEAST_LIMBS)
    like = similarity(found.joints, people, LIMBS)
    who = np.flatnonzero(counts)
    rows, columns = linear_sum_assignment(-like[:, who])
    columns = who[columns]
    right = like[rows, columns] >= FOUND
    theirs = np.full(limbs.shape, np.nan)
    theirs[columns] = found.joints[rows][:, COCO17.indices(*LIMBS)]
    size = _torso(people.joints)
    scored = labelled & (counts & np.isfinite(size))[:, None]
    near = np.linalg.norm(theirs - limbs, axis=-1) <= CORRECT * size[:, None]
    elsewhere = np.asarray((like[:, ~counts] >= FOUND).any(1))
    elsewhere[rows[right]] = True
    return PeopleCounts(
        people=int(counts.sum()),
        found=int(right.sum()),
        false=int((~elsewhere).sum()),
        joints=int(scored.sum()),
        correct=int((near & scored).sum()),
    )


def _torso(joints: Array) -> Array:
    """(M,) the longer diagonal from a shoulder to the other side's hip, pixels; NaN where none is labelled."""
    lengths = [
        np.linalg.norm(joints[:, COCO17.index(f"{one}_shoulder")] - joints[:, COCO17.index(f"{other}_hip")], axis=-1)
        for one, other in (("left", "right"), ("right", "left"))
    ]
    longer = np.fmax(*lengths)
    return np.where(longer > 0, longer, np.nan)


def _matched(
    like: Array, skip: NDArray[np.bool_], crowd: NDArray[np.bool_], threshold: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(N,) whether each body, best first, finds a person, and whether it lies on one who is ignored.

    As in COCO a person who counts comes before one who is ignored, however near, and of equals the last one counts.
    """
    hit, passed = np.zeros(len(like), bool), np.zeros(len(like), bool)
    free = np.ones(like.shape[1], bool)
    for row, near in enumerate(like):
        for group in (~skip, skip):
            at = np.flatnonzero(group & (free | crowd) & (near >= threshold))
            if len(at):
                best = at[::-1][np.argmax(near[at[::-1]])]
                free[best] = False
                hit[row], passed[row] = not skip[best], skip[best]
                break
    return hit, passed
