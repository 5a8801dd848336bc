"""Errors in the picture: joints in percent of its size, masks by intersection over union."""

from __future__ import annotations

from torch import Tensor

from dance3d.geometry.precision import exact
from dance3d.masks import iou
from dance3d.metrics.exact_metric import Mean
from dance3d.metrics.pose import check, length


class MSE2D(Mean):
    """The "2D MSE" of learning without labels: how far joints are off in the picture, percent of its side.

    In spite of its name the literature's figure is no mean of squares: it is the mean over frames and joints of the
    distance between predicted and true joint, divided by the side of the square picture. Strict: joints keep their
    names, and nothing is aligned, exchanged or fitted.

    Source: Yang et al., Mask as Supervision, ECCV 2024, table 1 (2D "MSE" of 3.63 % beside an MPJPE of 95.9 mm: 9 of
    256 pixels; a mean of squares would be 49); the evaluation of its successor computes the same.
    """

    def update(self, predicted: Tensor, true: Tensor) -> None:
        """Add poses (B, T, J, 2) in coordinates of -1 to 1 from edge to edge of the picture.

        Raises:
            ValueError: the shapes do not fit.
        """
        check(predicted, true, (2,))
        self._add(100 / 2 * length(exact(predicted) - exact(true)))


class MaskIoU(Mean):
    """Intersection over union of masks, 0 to 1, mean over pictures; 1 where both are empty."""

    higher_is_better = True

    def update(self, predicted: Tensor, true: Tensor) -> None:
        """Add masks (..., H, W): booleans, or numbers of which those above a half are inside.

        Raises:
            ValueError: the shapes differ or are no pictures.
        """
        if predicted.shape != true.shape or predicted.ndim < 2:
            shapes = f"{tuple(predicted.shape)} and {tuple(true.shape)}"
            raise ValueError(f"masks have shapes {shapes}, expected (..., H, W) twice")
        self._add(iou(predicted, true))
