"""How the camera turns and zooms: the motion of the background from picture to picture.

Corners of a key picture, outside the people, are followed into every later picture (pyramidal Lucas-Kanade), and a
similarity that most of them agree on is found (RANSAC): pan, tilt, roll and zoom. The key picture stays as long as
enough of it is seen, so a camera that stands never drifts. Where corners are too few, as in the dark, contrast is
levelled. The constants are chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.shots import ONE, spans
from dance3d.io.video.pictures import Picture, combined
from dance3d.stages.keypoints.background import KNOWN, LOST, Followed, boxes, corners, follow, levelled, lies, moved
from dance3d.timeseries.segments import long_segments, segments

Float = NDArray[np.float64]
SIDE = 320  # pixels of the longer side of the small pictures
WORN = 0.55  # share of a key picture's corners below which there is a new one
ZOOMED = 1.15  # ratio of sizes to the key picture from which there is a new one
STOOD = 15  # pictures in a row of a camera that stands
NEAR_HOME, LOOKS_HOME = 3.0, 5  # pixels of a corner of the small picture within which it may still stand there; beyond
# them it is looked for in every fifth picture
GOES_ON = 6  # lost pictures in a row through which the last motion goes on
LEAST_MOTION = 1.5  # pixels of the small pictures: a camera that never moves a corner of the picture by more, stands
AWAY = 5  # pictures in a row that have to be moved by so much: one alone is a mistake
LEAST_LOST = 0.1  # share of pictures whose motion is lost, from which a camera that seems to stand is said to move
MOST_TOLD = 3  # times that a note names
_BEGIN = "camera."  # begins the names of all arrays of a state
_IDENTITY = np.eye(2, 3)


class CameraMotion:
    """Follows the background; the pictures of a video come in order, with the bodies in them."""

    def __init__(self) -> None:
        self._maps: list[Float] = []  # (2, 3) from each picture to the first, pixels of the small pictures
        self._states: list[int] = []
        self._handed = 0  # pictures that ``new`` had
        self._key = np.zeros((0, 0), np.uint8)
        self._corners = np.zeros((0, 2), np.float32)
        self._key_map = self._from_key = _IDENTITY  # key picture to the first one; key picture to the last one
        self._home, self._home_corners, self._home_map = self._key, self._corners, _IDENTITY  # where it last stood
        self._steady = 0  # pictures in a row in which nothing moved from the key picture
        self._levelled = False  # whether the contrast of the key picture is
        self._last, self._hidden = self._key, np.zeros((0, 4))  # the last picture, and the boxes of its people

    def add(self, picture: Picture, bodies: Sequence[Float]) -> None:
        """The next picture.

        Args:
            picture: as the detector saw it.
            bodies: (J, 2 or more) each: x and y in pixels of the picture.
        """
        scale = SIDE / max(picture.shape[:2])
        small = picture.grey((max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1)))
        hidden = boxes(bodies, scale)
        if not self._maps:
            self._begin(small, hidden, _IDENTITY)
            self._home, self._home_corners, state = self._key, self._corners, KNOWN
        else:
            state = self._follow(small, hidden)
        self._maps.append(combined(self._key_map, inverse(self._from_key)))
        self._states.append(state)
        self._last, self._hidden = small, hidden

    def _follow(self, small: NDArray[np.uint8], hidden: Float) -> int:
        """What is known of a picture; a worn key picture is replaced by the last picture, a lost one by this one."""
        seen = self._seen(small, hidden)
        lying = seen.state == KNOWN and np.array_equal(seen.matrix, _IDENTITY)
        if not (lying and np.array_equal(self._key_map, self._home_map)) and self._at_home(small, hidden):
            return KNOWN
        self._steady = self._steady + 1 if lying else 0
        if self._steady == STOOD and not self._levelled:
            self._home, self._home_corners, self._home_map = self._key, self._corners, self._key_map
        if seen.state == KNOWN and not self._worn(seen):
            self._from_key = seen.matrix
            return KNOWN
        before, states = self._remembered(), {seen.state}
        for level in (False, True):
            self._begin(self._last, self._hidden, self._maps[-1], level)
            again = self._seen(small, hidden)
            if again.state == KNOWN:
                self._from_key = again.matrix
                return KNOWN
            states |= set() if level else {again.state}
        if seen.state != KNOWN and LOST in states:
            self._begin(small, hidden, self._expected())
            return LOST
        self._key, self._corners, self._key_map, self._from_key, self._levelled = before
        self._from_key = seen.matrix if seen.state == KNOWN else self._from_key
        return seen.state

    def _at_home(self, small: NDArray[np.uint8], hidden: Float) -> bool:
        """Whether the camera stands where it stood for a while: it came back, or something large moved before it."""
        (away,) = moved(combined(inverse(self._home_map), self._maps[-1])[None], self._home.shape[::-1])
        looked = away <= NEAR_HOME or len(self._maps) % LOOKS_HOME == 0
        if not looked or not lies(self._home, small, self._home_corners, hidden):
            return False
        self._key, self._corners, self._key_map = self._home, self._home_corners, self._home_map
        self._from_key, self._levelled = _IDENTITY, False
        return True

    def _expected(self) -> Float:
        """The map of a lost picture: the motion goes on for a moment, then stops."""
        if len(self._maps) < 2 or self._states[-GOES_ON:].count(LOST) == GOES_ON:
            return self._maps[-1]
        return combined(self._maps[-1], combined(inverse(self._maps[-2]), self._maps[-1]))

    def _remembered(self) -> tuple[NDArray[np.uint8], NDArray[np.float32], Float, Float, bool]:
        return self._key, self._corners, self._key_map, self._from_key, self._levelled

    def _seen(self, small: NDArray[np.uint8], hidden: Float) -> Followed:
        shown = levelled(small) if self._levelled else small
        return follow(self._key, shown, self._corners, hidden, self._from_key)

    def _worn(self, seen: Followed) -> bool:
        zoom = float(np.sqrt(abs(np.linalg.det(seen.matrix[:, :2]))))
        return seen.followed < WORN * len(self._corners) or not 1 / ZOOMED < zoom < ZOOMED

    def _begin(self, small: NDArray[np.uint8], hidden: Float, to_first: Float, level: bool = False) -> None:
        """Take a picture as the key picture, with its contrast levelled or not."""
        self._key = levelled(small) if level else small
        self._corners, self._levelled = corners(self._key, hidden), level
        self._key_map, self._from_key = to_first, _IDENTITY

    def still(self, size: tuple[int, int], shots: Sequence[int] = ONE) -> NDArray[np.float32] | None:
        """(T, 2, 3) maps from each picture to its shot's first, NaN where a motion is not known.

        None for a camera that stands in every shot.

        Args:
            size: (width, height) of the pictures in whose pixels the maps are.
            shots: first frame of each.
        """
        if not self._maps:
            return None
        maps, states, small = np.array(self._maps), np.array(self._states), SIDE / max(size)
        moves = False
        for rows in (slice(*span) for span in spans(shots, len(maps))):
            states[rows.start] = KNOWN
            to_first = inverse(maps[rows.start])
            maps[rows] = [combined(to_first, each) for each in maps[rows]]
            found = moved(maps[rows][states[rows] == KNOWN], (size[0] * small, size[1] * small))
            away = long_segments(np.asarray(found >= LEAST_MOTION), AWAY)
            if not away.any() and (states[rows] == LOST).mean() < LEAST_LOST:
                maps[rows], states[rows] = _IDENTITY, KNOWN
            else:
                moves = True
        if not moves:
            return None
        linear, shift = maps[:, :, :2], maps[:, :, 2]
        shift = (shift + 0.5 - linear.sum(-1) / 2) / small  # from the middle of the first pixel to its corner
        maps = np.concatenate([linear, shift[..., None]], -1)
        maps[states != KNOWN] = np.nan
        return maps.astype(np.float32)

    def new(self) -> dict[str, NDArray[Any]]:
        """What was found since the last call, and all that later maps depend on."""
        start, self._handed = self._handed, len(self._maps)
        return {
            _BEGIN + "maps": np.array(self._maps[start:]).reshape(-1, 2, 3),
            _BEGIN + "states": np.array(self._states[start:], np.int64),
            _BEGIN + "key": self._key,
            _BEGIN + "corners": self._corners,
            _BEGIN + "home": self._home,
            _BEGIN + "home_corners": self._home_corners,
            _BEGIN + "matrices": np.stack([self._key_map, self._from_key, self._home_map]),
            _BEGIN + "steady": np.array(self._steady, np.int64),
            _BEGIN + "levelled": np.array(self._levelled),
            _BEGIN + "last": self._last,
            _BEGIN + "hidden": self._hidden,
        }

    @staticmethod
    def checked(piece: Mapping[str, NDArray[Any]], frames: int) -> dict[str, NDArray[Any]]:
        """The arrays of a piece, for ``take``.

        Args:
            piece: what ``new`` gave; other arrays may lie beside.
            frames: that it has to be of.

        Raises:
            ValueError: an array is missing, or of another shape or type.
        """
        found = {name.removeprefix(_BEGIN): array for name, array in piece.items() if name.startswith(_BEGIN)}
        side = found.get("key", np.empty(0)).shape
        like: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {
            "maps": ((frames, 2, 3), np.float64),
            "states": ((frames,), np.int64),
            "key": (side if len(side) == 2 else (0, 0), np.uint8),
            "corners": ((len(found.get("corners", ())), 2), np.float32),
            "home": (side, np.uint8),
            "home_corners": ((len(found.get("home_corners", ())), 2), np.float32),
            "matrices": ((3, 2, 3), np.float64),
            "steady": ((), np.int64),
            "levelled": ((), np.bool_),
            "last": (side, np.uint8),
            "hidden": ((len(found.get("hidden", ())), 4), np.float64),
        }
        for name, (shape, kind) in like.items():
            if name not in found or found[name].shape != shape or found[name].dtype != kind:
                raise ValueError(f"it has no {name} of the camera's motion over {frames} frames")
        return found

    def take(self, found: Mapping[str, NDArray[Any]]) -> None:
        """Go on behind a piece, as ``checked`` gave it."""
        self._maps.extend(found["maps"])
        self._states.extend(found["states"].tolist())
        self._handed = len(self._maps)
        self._key, self._corners, self._last, self._hidden = (found[n] for n in ("key", "corners", "last", "hidden"))
        self._key_map, self._from_key, self._home_map = found["matrices"]
        self._home, self._home_corners, self._steady = found["home"], found["home_corners"], int(found["steady"])
        self._levelled = bool(found["levelled"])


def inverse(matrix: Float) -> Float:
    """(2, 3) map back."""
    return np.asarray(cv2.invertAffineTransform(matrix), np.float64)


def motion_notes(still: NDArray[np.float32] | None, time: Float) -> tuple[str, ...]:
    """What a user should know of how the camera moves: one phrase, or none for a camera that stands.

    Args:
        still: as ``Keypoints2D.still``.
        time: (T,) seconds of its rows.
    """
    if still is None:
        return ()
    lost = np.asarray(np.isnan(still).any((1, 2)))
    if not lost.any():
        return ("the camera moves; paths are those before a still camera",)
    spans = [f"{time[a]:.1f} to {time[b - 1]:.1f} s" for a, b in segments(lost)]
    told = ", ".join(spans[:MOST_TOLD]) + (" and more" if len(spans) > MOST_TOLD else "")
    return (f"the camera moves, and how is not known at {told}; paths and travel are not known there",)
