"""Which views are worth a search for people: those in which something changed since they were last searched.

A small picture of each search is kept. What lies on people who are known does not count. The constants are chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.stages.keypoints.detectors.regions import Float
from dance3d.stages.keypoints.detectors.tiles import View

CELLS = 64  # along the longer side of the small picture: a person who can be found covers several
CHANGED = 10  # grey levels, 0 to 255, by which the mean of a cell has to change
LEAST_CELLS = 8  # that have to change: a person who can be found covers some thirty
UNCHANGED_SECONDS = 1.0  # after which a view is searched although nothing changed
MARGIN = 0.15  # of the joints' box, on every side: a known body's hands, feet and hair
Small = NDArray[np.uint8]


def small_size(shape: Sequence[int]) -> tuple[int, int]:
    """(width, height) of the small picture of a picture (H, W, 3)."""
    scale = CELLS / max(shape[:2])
    return max(round(shape[1] * scale), 1), max(round(shape[0] * scale), 1)


class ViewWatch:
    """Remembers how each view looked when it was last searched.

    Args:
        fps: pictures per second.
    """

    def __init__(self, fps: float) -> None:
        self._longest = UNCHANGED_SECONDS * fps
        self._seen: Small = np.zeros((0, 0, 0), np.uint8)  # a small picture for each view
        self._when: NDArray[np.int64] = np.zeros(0, np.int64)  # number of the picture of each one's last search

    def first(self, small: Small, views: int, picture: int) -> None:
        """All views are searched in this picture.

        Args:
            small: grey, of ``small_size``.
            views: how many there are.
            picture: its number.
        """
        self._seen, self._when = np.repeat(small[None], views, 0), np.full(views, picture, np.int64)

    def worth(self, small: Small, number: int, part: View, picture: int, hidden: NDArray[np.bool_]) -> bool:
        """Whether a view is worth a search; if so, it counts as searched.

        Args:
            small: grey, of the picture.
            number: of the view.
            part: its rows and columns in the small picture, see ``cells_of``.
            picture: number of the picture.
            hidden: cells of the small picture that lie on known people.
        """
        if len(self._when) <= number or self._seen.shape[1:] != small.shape:
            return True
        change = cv2.absdiff(small[part], self._seen[number][part])
        if picture - self._when[number] < self._longest and (change[~hidden[part]] > CHANGED).sum() < LEAST_CELLS:
            return False
        self._seen[number], self._when[number] = small, picture
        return True

    def state(self) -> dict[str, NDArray[Any]]:
        """All that it remembers."""
        return {"watched": self._seen, "watched_when": self._when}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from a state.

        Raises:
            ValueError: it is no such state.
        """
        seen, when = state.get("watched", np.zeros(0)), state.get("watched_when", np.zeros(0))
        kinds = seen.dtype == np.uint8 and when.dtype == np.int64
        if not kinds or seen.ndim != 3 or when.shape != seen.shape[:1]:
            raise ValueError("the state of a detector has no views as they were last searched")
        self._seen, self._when = seen.copy(), when.copy()


def cells_of(view: View, shape: Sequence[int]) -> View:
    """Rows and columns in the small picture that a view of a picture (H, W, 3) lies on."""
    scale = CELLS / max(shape[:2])
    rows, columns = (slice(int(side.start * scale), int(np.ceil(side.stop * scale))) for side in view)
    return rows, columns


def covered(bodies: Sequence[Float], shape: Sequence[int]) -> NDArray[np.bool_]:
    """Cells of the small picture that lie on bodies.

    Args:
        bodies: (J, 3) each, x and y in pixels of the picture.
        shape: of the picture, (H, W, 3).
    """
    wide, high = small_size(shape)
    out = np.zeros((high, wide), bool)
    cells = np.array([wide / shape[1], high / shape[0]])
    for points in bodies:
        low, top = points[:, :2].min(0), points[:, :2].max(0)
        reach = MARGIN * (top - low).max()
        left, up = np.maximum((low - reach) * cells, 0).astype(int)
        right, down = np.maximum((top + reach) * cells + 1, 0).astype(int)
        out[up:down, left:right] = True
    return out
