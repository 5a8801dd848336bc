"""Contact sheet of crops with the detector's predictions."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dance3d.stages.detect.augment import Scenes
from dance3d.stages.detect.evaluator import ScenePredictions
from dance3d.visualization.skeleton import GREY, draw_skeleton

_SIDE, _ROWS = 192, 6  # chosen: pixels of a cell; rows of the sheet
Image = NDArray[np.uint8]


def contact_sheet(scenes: Scenes, predicted: ScenePredictions) -> Image:
    """(H, W, 3) RGB: a row per moment, a column per view; the consensus in grey, the view's prediction on top."""
    rows = []
    for n in range(min(_ROWS, len(scenes.half))):
        cells = []
        for v in range(scenes.half.shape[1]):
            person = scenes.image[n, v] // 2 + scenes.image[n, v] // 2 * scenes.mask[n, v][..., None]
            cell = np.asarray(cv2.resize(person.cpu().numpy(), (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)
            if predicted.agreed.determined[n].all():
                draw_skeleton(cell, _pixels(predicted.agreed.per_view[n, v]), colour=GREY)
            draw_skeleton(cell, _pixels(predicted.xyz[n, v]))
            cells.append(cell)
        rows.append(np.hstack(cells))
    return np.vstack(rows)


def _pixels(joints: Tensor) -> NDArray[np.floating]:
    """(17, 2) pixels of a cell, from outputs (17, 3) of the net."""
    return (joints[:, :2].cpu().numpy() + 1) / 2 * _SIDE
