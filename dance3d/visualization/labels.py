"""The labels of dancers in a picture: names above the heads, inside the picture and off each other."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Dancer, Keypoints2D
from dance3d.contracts.names import LONGEST_NAME
from dance3d.skeleton import SKELETONS
from dance3d.visualization.canvas import Canvas
from dance3d.visualization.colours import colour
from dance3d.visualization.skeleton import MIDDLE, OUTLINE, text_width, write_text

Box = tuple[int, int, int, int]


def labels_of(dancers: Sequence[Dancer], size: tuple[int, int]) -> list[str]:
    """Name or number of every dancer, no wider than a sixth of a picture of (width, height)."""
    letter, labels = _letter(*size), []
    for dancer in dancers:
        text = spelt(dancer.keypoints.name[:LONGEST_NAME]) or str(dancer.person)
        while text_width(text, letter, bold=True) > size[0] / 6 and len(text) > 4:
            text = text[:-3].rstrip() + ".."
        labels.append(text)
    return labels


def _letter(*sides: int) -> float:
    """Pixels of a letter of the labels."""
    return max(min(sides) / 60, 9)


def label_dancers(
    canvas: Canvas, dancers: Sequence[Dancer], labels: Sequence[str], frame: int, size: tuple[int, int], scale: float
) -> None:
    """The label of every dancer above the head, on top of all skeletons and beside each other.

    Args:
        canvas: to draw on.
        dancers: whose labels.
        labels: of each.
        frame: number of the picture.
        size: (width, height) of the picture on the canvas.
        scale: of the picture from the video.
    """
    several = len(dancers) > 1
    taken: list[Box] = []
    letter = _letter(*size)
    pad = round(letter * 0.6)
    for dancer, text in zip(dancers, labels, strict=True):
        track = dancer.keypoints
        row = frame - track.start
        if not (several or track.name) or not 0 <= row < track.frames:
            continue
        xy = track.xy[row] * scale
        if ((xy >= 0) & (xy < size)).all(-1).any():
            box = free_box(size, _head(track, row) * scale, text_width(text, letter, bold=True), letter, taken)
            taken.append(box)
            with canvas.opened(box, size[1]) as (image, (x, y)):
                low, high = (box[0] - x, box[1] - y), (box[2] - x, box[3] - y)
                cv2.rectangle(image, low, high, colour(dancer.person) if several else MIDDLE, -1)
                cv2.rectangle(image, low, high, OUTLINE, 1)
                write_text(image, text, (low[0] + pad, high[1] - pad), letter, OUTLINE, bold=True)


def _head(track: Keypoints2D, row: int) -> NDArray[np.float32]:
    """(2,) pixels: the head, or the highest joint where it is not known."""
    xy, joints = track.xy[row], SKELETONS[track.skeleton].joints
    head = xy[joints.index("head")] if "head" in joints else np.full(2, np.nan, np.float32)
    known = xy[np.isfinite(xy).all(-1)]
    return known[known[:, 1].argmin()] if len(known) and not np.isfinite(head).all() else head


def free_box(size: tuple[int, int], at: NDArray[np.floating], width: int, letter: float, taken: Sequence[Box]) -> Box:
    """Left, top, right, bottom of a label above a head: inside the picture, off other labels.

    Args:
        size: (width, height) of the picture.
        at: (2,) the head.
        width: of the text, pixels.
        letter: its height, pixels.
        taken: where other labels are.
    """
    pad, (wide, tall) = round(letter * 0.6), size
    high = round(letter) + 2 * pad
    left = int(np.clip(at[0] - width / 2 - pad, 0, max(wide - width - 2 * pad - 1, 0)))
    top = int(np.clip(at[1] - high - letter, 0, tall - high - 1))
    right = left + width + 2 * pad

    def fits(y: int) -> bool:
        clear = all(b[2] < left or right < b[0] or b[3] < y or y + high < b[1] for b in taken)
        return 0 <= y < tall - high and clear

    places = [top, *(b[1] - high - 1 for b in taken), *(b[3] + 1 for b in taken)]
    best = next((y for y in sorted(places, key=lambda y: abs(y - top)) if fits(y)), top)
    return left, best, right, best + high


def spelt(name: str) -> str:
    """A name in the letters that can be drawn, without their accents; empty where there are none for it."""
    folded = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return plain if plain.isascii() else ""
