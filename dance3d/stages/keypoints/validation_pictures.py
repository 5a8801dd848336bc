"""Contact sheet of crops with the keypoint net's predictions."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.stages.keypoints.augment import KeypointBatch
from dance3d.stages.keypoints.model import KeypointPrediction
from dance3d.visualization.skeleton import GREY, draw_skeleton

_SIDE, _COLUMNS, _ROWS = 192, 6, 4  # chosen: pixels of a cell; cells of the sheet
Image = NDArray[np.uint8]


def contact_sheet(batch: KeypointBatch, found: KeypointPrediction) -> Image:
    """(H, W, 3) RGB: the truth in grey, the prediction on top."""
    cells = []
    for n in range(min(_COLUMNS * _ROWS, len(batch.joints))):
        picture = batch.image[n].cpu().numpy()
        cell = np.asarray(cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)
        for joints, colour in ((batch.joints[n], GREY), (found.xy[n], None)):
            draw_skeleton(cell, (joints.float().cpu().numpy() + 1) / 2 * _SIDE, colour=colour)
        cells.append(cell)
    cells += [np.zeros_like(cells[0])] * (-len(cells) % _COLUMNS)
    rows = [np.hstack(cells[start : start + _COLUMNS]) for start in range(0, len(cells), _COLUMNS)]
    return np.asarray(np.vstack(rows), np.uint8)
