"""Crops with what the detector found in them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import H36M17
from dance3d.stages.detect.augment import Scenes
from dance3d.stages.detect.score import Answers

_SIDE, _ROWS = 192, 6
_LEFT, _RIGHT, _MIDDLE = (90, 200, 120), (230, 110, 70), (90, 150, 240)
Image = NDArray[np.uint8]


def contact_sheet(scenes: Scenes, said: Answers) -> Image:
    """(H, W, 3) RGB: a moment a row, a view a column; the view's own answer, thin and white what all views agree on."""
    rows = []
    for n in range(min(_ROWS, len(scenes.half))):
        cells = []
        for v in range(scenes.half.shape[1]):
            person = scenes.image[n, v] // 2 + scenes.image[n, v] // 2 * scenes.mask[n, v][..., None]
            cell = np.asarray(cv2.resize(person.cpu().numpy(), (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)
            _draw(cell, said.xyz[n, v].cpu().numpy(), 2, None)
            if said.agreed.sure[n].all():
                _draw(cell, said.agreed.seen[n, v].cpu().numpy(), 1, (255, 255, 255))
            cells.append(cell)
        rows.append(np.hstack(cells))
    return np.vstack(rows)


def _draw(cell: Image, joints: NDArray[np.floating], thick: int, colour: tuple[int, int, int] | None) -> None:
    places = np.rint((joints[:, :2].clip(-2, 2) + 1) / 2 * _SIDE).astype(int)
    for one, other in H36M17.bones:
        side = _LEFT if other in H36M17.left else _RIGHT if other in H36M17.right else _MIDDLE
        ends = [(int(places[i, 0]), int(places[i, 1])) for i in (one, other)]
        cv2.line(cell, ends[0], ends[1], colour or side, thick, cv2.LINE_AA)
