"""Metrics as torchmetrics objects, all of which add up over batches and processes. ``_mm`` in a name: millimetres.

Poses are (B, T, J, 3) metres; a NaN in them makes a NaN of the score, so that no hard frame is left out unnoticed:
remove frames without the person before.
"""

from dance3d.metrics.calibration import Reliability, TopCalibration, calibration_errors, reliability
from dance3d.metrics.error_breakdown import Breakdown, ErrorBy
from dance3d.metrics.events import Events, match_events, total_events
from dance3d.metrics.foot_skate import FootSkate, standing
from dance3d.metrics.image import MSE2D, MaskIoU
from dance3d.metrics.movement_counts import Difference, MovementCounts, f1_gain
from dance3d.metrics.movements import MovementF1
from dance3d.metrics.oracle_aligned import FlipAllowedMPJPE, PairsSwappedMPJPE, RegressedOnTruth
from dance3d.metrics.pck_and_flips import AUC, PCK, AmbiguityRatio, DepthFlips, LeftRightFlips
from dance3d.metrics.pose import MPJPE, MPJVE, NMPJPE, PMPJPE, WMPJPE, AccelerationError, PoseError, similarity
from dance3d.metrics.training_efficiency import (
    error_time_area,
    regulated_error,
    samples_of_one,
    time_to_error,
    tpr,
    unit_epochs,
)

__all__ = [
    "AUC",
    "MPJPE",
    "MPJVE",
    "MSE2D",
    "NMPJPE",
    "PCK",
    "PMPJPE",
    "WMPJPE",
    "AccelerationError",
    "AmbiguityRatio",
    "Breakdown",
    "DepthFlips",
    "Difference",
    "ErrorBy",
    "Events",
    "FlipAllowedMPJPE",
    "FootSkate",
    "LeftRightFlips",
    "MaskIoU",
    "MovementCounts",
    "MovementF1",
    "PairsSwappedMPJPE",
    "PoseError",
    "RegressedOnTruth",
    "Reliability",
    "TopCalibration",
    "calibration_errors",
    "error_time_area",
    "f1_gain",
    "match_events",
    "regulated_error",
    "reliability",
    "samples_of_one",
    "similarity",
    "standing",
    "time_to_error",
    "total_events",
    "tpr",
    "unit_epochs",
]
