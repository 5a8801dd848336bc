"""Crops with what the detector found in them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dance3d.stages.detect.augment import Scenes
from dance3d.stages.detect.evaluator import Answers
from dance3d.visualization.skeleton import GREY, draw_skeleton

_SIDE, _ROWS = 192, 6
Image = NDArray[np.uint8]


def contact_sheet(scenes: Scenes, said: Answers) -> Image:
    """(H, W, 3) RGB: a moment a row, a view a column; what all views agree on in grey, the view's own answer on top."""
    rows = []
    for n in range(min(_ROWS, len(scenes.half))):
        cells = []
        for v in range(scenes.half.shape[1]):
            person = scenes.image[n, v] // 2 + scenes.image[n, v] // 2 * scenes.mask[n, v][..., None]
            cell = np.asarray(cv2.resize(person.cpu().numpy(), (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)
            if said.agreed.sure[n].all():
                draw_skeleton(cell, _pixels(said.agreed.seen[n, v]), colour=GREY)
            draw_skeleton(cell, _pixels(said.xyz[n, v]))
            cells.append(cell)
        rows.append(np.hstack(cells))
    return np.vstack(rows)


def _pixels(joints: Tensor) -> NDArray[np.floating]:
    """(17, 2) places in a cell of answers (17, 3)."""
    return (joints[:, :2].cpu().numpy() + 1) / 2 * _SIDE
