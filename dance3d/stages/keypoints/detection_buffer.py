"""Detections of a video as they come, picture by picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.detections import COLOURS, Detections
from dance3d.io.pieces import Arrays
from dance3d.io.video.pictures import Picture
from dance3d.skeleton import EXTREMITIES, H36M17, to_h36m17
from dance3d.stages.keypoints.extremity_reader import ExtremityReader
from dance3d.stages.keypoints.tracking.appearance import colour_histogram

PACK_EVERY = 4096  # chosen: detections kept as single rows before they are joined to arrays
_COLUMNS = ("frame", "xy", "score", "colour", "extremities")
_NOTHING = np.full((len(EXTREMITIES), 2), np.nan)


class DetectionBuffer:
    """Detections collected frame by frame; joined to arrays now and then, since small arrays take twice their size.

    Args:
        reader: of extremities; none where nobody looks for them.
    """

    def __init__(self, reader: ExtremityReader | None = None) -> None:
        self._reader = reader
        self._rows: list[tuple[Any, ...]] = []
        joints = len(H36M17.joints)
        shapes: list[tuple[tuple[int, ...], type]] = [((), np.int64)]
        shapes += [(shape, np.float32) for shape in ((joints, 2), (joints,), (COLOURS,), (len(EXTREMITIES), 2))]
        self._columns: list[list[NDArray[Any]]] = [[np.empty((0, *shape), kind)] for shape, kind in shapes]
        self._handed = 1  # arrays of each column that ``new`` or ``take`` had

    def add(self, frame: int, bodies: list[NDArray[np.float64]], layout: str, picture: Picture) -> None:
        """Add the bodies of one picture.

        Args:
            frame: number of the frame.
            bodies: (J, 3) each: x and y in pixels of the picture, score 0..1; x and y are stored as shares of its
                sides.
            layout: of the joints, a name of ``skeleton.RECIPES``.
            picture: in which they were found.
        """
        sides = picture.shape[1::-1]
        found = self._reader(frame, bodies, layout, picture) if self._reader else [_NOTHING] * len(bodies)
        for points, extremities in zip(bodies, found, strict=True):
            xy, score = to_h36m17(points[:, :2], np.nan_to_num(points[:, 2]), layout)
            sure = np.where(np.isfinite(xy).all(-1), score, 0)
            colour = colour_histogram(picture, xy, score)
            self._rows.append((frame, xy / sides, sure, colour, extremities / sides))
        if len(self._rows) >= PACK_EVERY:
            self._pack()

    def new(self) -> dict[str, NDArray[Any]]:
        """The detections added since the last call, by names of columns; sides are shares of the picture's."""
        self._pack()
        new = [np.concatenate([column[0][:0], *column[self._handed :]]) for column in self._columns]
        self._handed = len(self._columns[0])
        return dict(zip(_COLUMNS, new, strict=True))

    def take(self, piece: Arrays, start: int, stop: int) -> None:
        """Add what another buffer gave as ``new``.

        Args:
            piece: the detections; other arrays may lie beside.
            start: first frame that they may be of.
            stop: the frame behind the last.

        Raises:
            ValueError: an array is missing, of another shape or type, or of other frames; nothing is added.
        """
        frame = piece.get("frame", np.empty(()))
        for name, column in zip(_COLUMNS, self._columns, strict=True):
            like = np.empty((frame.size, *column[0].shape[1:]), column[0].dtype)
            if name not in piece or (piece[name].shape, piece[name].dtype) != (like.shape, like.dtype):
                raise ValueError(f"it has no {name} of {frame.size} detections")
        if ((frame < start) | (frame >= stop)).any() or (np.diff(frame) < 0).any():
            raise ValueError(f"it has detections of other frames than {start} to {stop}")
        self._pack()
        for name, column in zip(_COLUMNS, self._columns, strict=True):
            column.append(piece[name])
        self._handed = len(self._columns[0])

    def detections(self, time: NDArray[np.float64], size: tuple[int, int]) -> Detections:
        """All detections, in pixels of the full frame; the buffer is empty afterwards."""
        self._pack()
        frame, xy, score, colour, extremities = (self._concatenated(column) for column in self._columns)
        xy *= np.array(size, np.float32)
        extremities *= np.array(size, np.float32)
        return Detections(frame, xy, score, colour, time, size, extremities if self._reader else None)

    def _pack(self) -> None:
        for column, values in zip(self._columns, zip(*self._rows, strict=True), strict=False):
            column.append(np.array(values, column[0].dtype))
        self._rows.clear()

    @staticmethod
    def _concatenated(column: list[NDArray[Any]]) -> NDArray[Any]:
        whole = np.concatenate(column)
        column.clear()
        return whole
