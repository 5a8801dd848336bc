"""Keypoints in pictures: PCK by the torso, OKS, and COCO's average precision over thresholds of OKS.

Joints are those of the inner skeleton. A joint without a label (NaN) does not count; a predicted joint that is missing
(NaN) is wrong.

Sources: Yang & Ramanan, Articulated Human Detection with Flexible Mixtures of Parts, PAMI 2013, section 6 (PCK);
    Lin et al., Microsoft COCO, and the definition at cocodataset.org/#keypoints-eval (OKS, its constants, AP).
"""

from __future__ import annotations

import torch
from torch import Tensor

from dance3d.geometry.precision import exact
from dance3d.metrics.exact_metric import ExactMetric, Mean
from dance3d.skeleton import H36M17, SIGMAS

CORRECT = 0.2
"""Of the torso: a joint no further off than that is correct."""
THRESHOLDS = tuple(round(0.5 + 0.05 * n, 2) for n in range(10))
"""Of OKS, over which the average precision is averaged."""
LIMBS = tuple(
    H36M17.index(f"{side}_{joint}")
    for side in ("left", "right")
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
)
"""Joints that mean the same in every layout."""
_RECALLS = 101  # recalls from 0 to 1, as COCO has them


def torso(true: Tensor) -> Tensor:
    """(..., 17, 2) to (...): the longer of the two diagonals from a shoulder to the hip of the other side.

    The longer one, as a body seen from the side has one that is foreshortened. NaN where neither is labelled.
    """
    lengths = [
        (true[..., H36M17.index(f"{one}_shoulder"), :] - true[..., H36M17.index(f"{other}_hip"), :]).norm(dim=-1)
        for one, other in (("left", "right"), ("right", "left"))
    ]
    longer = torch.fmax(*lengths)
    return torch.where(longer > 0, longer, torch.nan)


def oks(predicted: Tensor, true: Tensor, area: Tensor) -> Tensor:
    """Object keypoint similarity, 0 to 1: the mean over labelled joints of exp(-d² / (2 area (2 sigma)²)).

    Args:
        predicted: (..., 17, 2); broadcasts against ``true``.
        true: (..., 17, 2), NaN where not labelled.
        area: (...) of the person, in the square of that unit.

    Returns:
        (...), NaN where no joint is labelled.
    """
    sigma = torch.tensor([SIGMAS[joint] for joint in H36M17.joints], dtype=true.dtype, device=true.device)
    apart = (predicted - true).square().sum(-1)
    near = torch.exp(-apart / (2 * area[..., None].clamp_min(1e-12) * (2 * sigma).square()))
    labelled = torch.isfinite(true).all(-1).expand(near.shape)
    near = torch.where(labelled, near.nan_to_num(0.0), torch.zeros_like(near))
    return near.sum(-1) / labelled.sum(-1)  # 0 / 0 is NaN


class PCKTorso(Mean):
    """Share of labelled joints that are no further off than ``CORRECT`` times the torso (PCK@0.2), 0 to 1.

    People whose torso is not labelled are left out, as nothing tells how large they are.
    """

    higher_is_better = True

    def update(self, predicted: Tensor, true: Tensor) -> None:
        """Add people (N, J, 2) of the inner skeleton; NaN as said above."""
        _check(predicted, true)
        size = torso(true)
        off = (predicted - true).norm(dim=-1) / size[..., None]
        counted = torch.isfinite(true).all(-1) & torch.isfinite(size)[..., None]
        self._add((off <= CORRECT)[counted])


class MeanOKS(Mean):
    """Mean OKS over people with a labelled joint, 0 to 1."""

    higher_is_better = True

    def update(self, predicted: Tensor, true: Tensor, area: Tensor) -> None:
        """Add people.

        Args:
            predicted: (N, 17, 2) pixels; NaN where a joint was not found.
            true: (N, 17, 2) pixels; NaN where a joint has no label.
            area: (N,) of the people, square pixels.
        """
        _check(predicted, true)
        found = oks(predicted, true, area)
        self._add(found[torch.isfinite(found)])


class OKSAP(ExactMetric):
    """Average precision over thresholds of OKS from 0.5 to 0.95, 0 to 1 (COCO's AP of keypoints).

    In every picture, answers in order of score are matched greedily to the person with the highest OKS that no better
    answer has taken; then all answers are ranked by score, and precision, made never to rise, is read at 101 recalls.
    Crowds and ignored regions are not known here, and all sizes count; people without any label do not.
    """

    full_state_update = False
    higher_is_better = True

    def __init__(self, joints: tuple[int, ...] | None = None) -> None:
        """Set up.

        Args:
            joints: columns of the inner skeleton that count; all if not given.
        """
        super().__init__()
        self.joints = joints
        self.scores: list[Tensor]
        self.hits: list[Tensor]
        self.people: Tensor
        self.add_state("scores", [], dist_reduce_fx="cat")
        self.add_state("hits", [], dist_reduce_fx="cat")
        self.add_state("people", torch.zeros((), dtype=torch.long), dist_reduce_fx="sum")

    def update(self, predicted: Tensor, score: Tensor, true: Tensor, area: Tensor) -> None:
        """Add one picture.

        Args:
            predicted: (N, 17, 2) answers.
            score: (N,) of the answers.
            true: (M, 17, 2), NaN where not labelled.
            area: (M,).
        """
        if predicted.shape[1:] != true.shape[1:] or len(score) != len(predicted) or len(area) != len(true):
            shapes = ", ".join(str(tuple(x.shape)) for x in (predicted, score, true, area))
            raise ValueError(f"expected (N, 17, 2), (N,), (M, 17, 2) and (M,), got {shapes}")
        if self.joints is not None:
            left_out = torch.ones(true.shape[1], dtype=torch.bool, device=true.device)
            left_out[list(self.joints)] = False
            true = true.masked_fill(left_out[:, None], torch.nan)
        labelled = torch.isfinite(true).all(-1).any(-1)
        like = oks(predicted[:, None], true[labelled], area[labelled])
        order = score.argsort(descending=True, stable=True)
        self.scores.append(exact(score[order]))
        self.hits.append(torch.stack([_matched(like[order], threshold) for threshold in THRESHOLDS], -1))
        self.people += labelled.sum()

    def compute(self) -> Tensor:
        """The average precision; NaN where nobody is labelled."""
        if not self.people:
            return torch.tensor(torch.nan)
        scores = torch.cat(self.scores) if isinstance(self.scores, list) else self.scores
        hits = torch.cat(self.hits) if isinstance(self.hits, list) else self.hits
        order = scores.argsort(descending=True, stable=True)
        return torch.stack([average_precision(column, int(self.people)) for column in hits[order].T]).mean()


def average_precision(hits: Tensor, people: int) -> Tensor:
    """Precision, made never to rise with recall, at 101 recalls from 0 to 1, averaged.

    Args:
        hits: (N,) whether each answer is right, best score first.
        people: how many there are to find.
    """
    right = exact(hits).cumsum(0)
    recall = right / people
    precision = right / torch.arange(1, len(hits) + 1, device=hits.device)
    precision = precision.flip(0).cummax(0).values.flip(0) if len(hits) else precision
    wanted = torch.linspace(0, 1, _RECALLS, dtype=right.dtype, device=hits.device)
    at = torch.searchsorted(recall, wanted)
    return torch.cat([precision, precision.new_zeros(1)])[at].mean()


def _matched(like: Tensor, threshold: float) -> Tensor:
    """(N,) whether each answer, best first, finds a person: ``like`` (N, M) is the OKS of each pair."""
    free = torch.ones(like.shape[1], dtype=torch.bool, device=like.device)
    hit = torch.zeros(len(like), dtype=torch.bool, device=like.device)
    for row in range(len(like)) if like.shape[1] else ():
        best, at = torch.where(free, like[row], -1.0).max(0)
        if best >= threshold:
            hit[row], free[at] = True, False
    return hit


def _check(predicted: Tensor, true: Tensor) -> None:
    if predicted.shape != true.shape or true.shape[1:] != (len(H36M17.joints), 2):
        shapes = f"{tuple(predicted.shape)} and {tuple(true.shape)}"
        raise ValueError(f"people have shapes {shapes}, expected (N, {len(H36M17.joints)}, 2) twice")
