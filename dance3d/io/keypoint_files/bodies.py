"""Bodies as a file has them, and how they become tracks, or detections where the file does not say who is who."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D
from dance3d.contracts.detections import COLOURS, Detections
from dance3d.geometry.extremities import sure_extremities
from dance3d.io import flaws
from dance3d.io.keypoint_files.identities import identity, once_a_frame, tracks_of
from dance3d.io.keypoint_files.names import arranged
from dance3d.io.keypoint_files.plausible import MOST_PERSONS, MOST_ROWS, check_size, check_times
from dance3d.io.limits import LIMITS, Limits
from dance3d.skeleton import H36M17, RECIPES, SKELETONS, to_h36m17

MOST_FRAMES = 1_000_000  # from the first to the last, before a rate is known
MOST_IN_FRAME = 200  # bodies in one frame; chosen
_LAST = 2**40  # a frame's number
_FAR = 1e6  # pixels; more is damage
_FEW_LOST, _FEW_FAR = 0.1, 0.01  # shares of bodies and of joints, chosen: of a file that is not all damage
_WIDER = {133: "wholebody23", 136: "halpe26"}  # layouts of which the body comes first


@dataclass(frozen=True)
class FileHints:
    """What the caller says of a file.

    Attributes:
        skeleton: name of a layout; or, for files that name their joints, joints of ours to names of theirs.
        take: which part of a file that holds several.
        strict: refuse a file of which a part would be left out with a warning.
    """

    skeleton: str | Mapping[str, str] | None = None
    take: str | None = None
    strict: bool = False


class FileBodies:
    """Bodies of a file, growing one by one.

    Attributes:
        size: (width, height), where the file says it.
        fps: likewise.
        shares: positions are shares of width and height, not pixels.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size: tuple[int, int] | None = None
        self.fps: float | None = None
        self.shares = False
        self._low, self._high = -1, -1
        self._frame: list[int] = []
        self._person: list[Hashable] = []
        self._points: list[NDArray[np.float32]] = []
        self._count: dict[int, int] = {}
        self._layout, self._columns = "", [0]
        self._lost, self._first_loss = 0, ""

    def lose(self, words: str) -> None:
        """Leave out a body, or a frame's people, that cannot be read.

        Args:
            words: where, and what is wrong there.
        """
        self._lost += 1
        self._first_loss = self._first_loss or f"{self.path}, {words}"

    def frame(self, number: int) -> None:
        """Add a frame, with or without bodies.

        Raises:
            ValueError: it is negative, or too far from the others.
        """
        if not 0 <= number < _LAST:
            raise ValueError(f"{self.path}: has a frame {number:.6g}; frames are counted from 0")
        self._low = number if self._low < 0 else min(self._low, number)
        self._high = max(self._high, number)
        if self._high - self._low >= MOST_FRAMES:
            raise ValueError(f"{self.path}: its frames run from {self._low} to {self._high}, more than {MOST_FRAMES}")

    def add(self, frame: int, values: Any, person: Any = None) -> None:
        """Add one body; it is lost where it has no such numbers, or another number of joints than most.

        Args:
            frame: number of the frame.
            values: J rows of x, y and score, or the same in one flat list.
            person: who it is, or none.

        Raises:
            ValueError: the frame cannot be, or holds more bodies than any.
        """
        self.frame(frame)
        try:
            points = numbers(values, f"frame {frame}")
        except ValueError as error:
            return self.lose(str(error))
        points = points.reshape(-1, 3) if points.ndim == 1 and points.size % 3 == 0 else points
        if points.ndim != 2 or points.shape[1] != 3:
            return self.lose(f"frame {frame}: a body has numbers of shape {points.shape}, expected J x 3")
        self._count[frame] = self._count.get(frame, 0) + 1
        if self._count[frame] > MOST_IN_FRAME:
            raise ValueError(f"{self.path}, frame {frame}: holds more than {MOST_IN_FRAME} bodies")
        with np.errstate(over="ignore"):
            self._points.append(points.astype(np.float32))
        self._frame.append(frame)
        self._person.append(identity(person))

    @property
    def joints(self) -> int:
        """How many joints most bodies have; 0 before the first."""
        counts = Counter(map(len, self._points))
        return max(counts, key=lambda count: counts[count], default=0)

    def laid_out(self, said: FileHints, known: Mapping[int, str]) -> FileBodies:
        """Joints are those of a layout: the one that the caller says, or that the format has by their number.

        Raises:
            ValueError: there is none, or it has another number of joints.
        """
        count, name = self.joints, said.skeleton
        if name is not None and not isinstance(name, str):
            raise ValueError(f"{self.path}: does not name its joints, so a map does not help; say the layout's name")
        if name is None:
            name = known.get(count) if count else next(iter(RECIPES))
        if name not in RECIPES:
            what = f"bodies of {count} joints" if said.skeleton is None else f"skeleton {name!r}, which is not known,"
            fitting = [one for one in RECIPES if len(SKELETONS[one].joints) == count] or list(RECIPES)
            raise ValueError(f"{self.path}: {what} need a known skeleton; choose from {', '.join(fitting)}")
        if count and count != len(SKELETONS[name].joints) and _WIDER.get(count) != name:
            raise ValueError(f"{self.path}: its bodies have {count} joints, skeleton {name} has {self._size_of(name)}")
        self._layout, self._columns = name, list(range(self._size_of(name)))
        return self

    def named(self, names: Sequence[str], said: FileHints) -> FileBodies:
        """Joints are those that the file names; a layout that the caller says by name wins.

        Raises:
            ValueError: a limb is not among the names.
        """
        if isinstance(said.skeleton, str):
            return self.laid_out(said, {})
        self._layout, self._columns = arranged(self.path, names, said.skeleton)
        return self

    def finish(
        self, size: tuple[int, int] | None, fps: float | None, limits: Limits = LIMITS, strict: bool = False
    ) -> list[Keypoints2D] | Detections:
        """Tracks where every body has an identity, else detections.

        Args:
            size: (width, height) of the frame, pixels; wins over the file's.
            fps: frames per second, likewise.
            limits: what is refused.
            strict: refuse two bodies with one identity in a frame, of which else the better stays.

        Raises:
            ValueError: size or rate are said nowhere or are beyond the limits, or a position is infinite or cannot be
                pixels.
        """
        self._drop_odd_ones()
        if self._lost:
            if self._lost > _FEW_LOST * len(self._frame):
                raise ValueError(self._first_loss)
            flaws.tell(self._first_loss, f"left out so: {self._lost} beside {len(self._frame)} bodies", strict)
        size, fps = size or self.size, fps or self.fps
        if size is None:
            raise ValueError(f"{self.path}: does not say the frames' size; give size=(width, height) in pixels")
        if fps is None or not 0 < fps <= 10000:
            said = "does not say its frames per second" if fps is None else f"fps is {fps:g}"
            raise ValueError(f"{self.path}: {said}; give fps=, a positive number")
        if self._low < 0:
            raise ValueError(f"{self.path}: holds no frame")
        size, time = check_size(self.path, size), np.arange(self._low, self._high + 1) / fps
        check_times(self.path, time, limits)
        order = np.argsort(np.array(self._frame, np.int64), kind="stable")
        rows = np.array(self._frame, np.int64)[order] - self._low
        xy, score, ends = self._inner([self._points[i] for i in order], size, strict)
        seen = np.isfinite(xy).all(-1).any(-1)
        rows, xy, score, ends = rows[seen], xy[seen], score[seen], ends if ends is None else ends[seen]
        persons = [self._person[i] for i in order[seen]]
        colour = np.full((len(rows), COLOURS), np.nan, np.float32)
        if persons and None not in persons:
            kept = once_a_frame(persons, rows, xy, score)
            if len(kept) < len(persons) and len(set(persons)) > 1:
                self._tell_of(persons, rows, kept, strict)
            if 2 * len(kept) >= len(persons) and (len(kept) == len(persons) or len(set(persons)) > 1):
                who = [persons[i] for i in kept]
                self._check_number(who, len(time))
                ends = ends if ends is None else ends[kept]
                own = Detections(rows[kept], xy[kept], score[kept], colour[kept], time, size, ends)
                return tracks_of(who, own, self._low)
        return Detections(rows, xy, score, colour, time, size, ends)

    def _drop_odd_ones(self) -> None:
        """Lose the bodies with another number of joints than most."""
        joints = self.joints
        kept = [i for i, points in enumerate(self._points) if len(points) == joints]
        if len(kept) == len(self._points):
            return
        for points, frame in zip(self._points, self._frame, strict=True):
            if len(points) != joints:
                self.lose(f"frame {frame}: a body has {len(points)} joints, most have {joints}")
        self._points, self._frame, self._person = (
            [self._points[i] for i in kept], [self._frame[i] for i in kept], [self._person[i] for i in kept]
        )  # fmt: skip

    def _size_of(self, name: str) -> int:
        return len(SKELETONS[name].joints)

    def _inner(
        self, bodies: list[NDArray[np.float32]], size: tuple[int, int], strict: bool
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32] | None]:
        """(N, 17, 2) pixels, NaN where missing; (N, 17) scores 0..1; (N, 7, 2) extremities if the layout has any."""
        if not bodies:
            joints = len(H36M17.joints)
            return np.zeros((0, joints, 2), np.float32), np.zeros((0, joints), np.float32), None
        given = np.stack(bodies)
        empty = np.full((len(given), 1, 3), np.nan, np.float32)
        points = np.concatenate([given, empty], 1)[:, self._columns]  # column -1: a joint that the file has not
        xy, score = points[..., :2], np.clip(np.nan_to_num(points[..., 2], nan=0.0), 0, 1)
        missing = np.isnan(xy).any(-1) | ((xy == 0).all(-1) & (score == 0))
        xy[missing], score[missing] = np.nan, 0
        distance = np.where(missing, 0, np.abs(xy).max(-1))
        far = ~(distance <= (_FAR / max(size) if self.shares else _FAR))
        if far.any():
            flaw = f"{self.path}: a joint lies at {distance.max():g}, which is infinite or far out of any picture"
            if far.mean() > _FEW_FAR:
                raise ValueError(flaw)
            flaws.tell(flaw, f"{far.sum()} joints are left out so", strict)
            xy[far], score[far], distance[far] = np.nan, 0, 0
        reach = distance.max(initial=0)
        if not self.shares and 0 < reach <= 2:
            raise ValueError(f"{self.path}: all joints lie within 2 pixels of a corner: shares of the picture?")
        xy = xy * np.array(size, np.float32) if self.shares else xy
        inner, sure = to_h36m17(xy, score, self._layout)
        ends = sure_extremities(xy, score, self._layout)
        return inner, np.where(np.isfinite(inner).all(-1), sure, 0).astype(np.float32), ends

    def _check_number(self, persons: Sequence[Hashable], frames: int) -> None:
        count = len(set(persons))
        if count > MOST_PERSONS or count * frames > MOST_ROWS:
            raise ValueError(f"{self.path}: {count} persons over {frames} frames are too many to be dancers")

    def _tell_of(self, persons: list[Hashable], rows: NDArray[np.int64], kept: NDArray[np.intp], strict: bool) -> None:
        """Say how many bodies have the identity of another one in their frame."""
        left_out = np.setdiff1d(np.arange(len(persons)), kept)
        first, done = left_out[0], "the nearest to the person's path, else the surest, is kept"
        if 2 * len(left_out) > len(persons):
            done = "so that the numbers do not tell who is who"
        flaws.tell(
            f"{self.path}: {len(left_out)} of {len(persons)} bodies have the number of another one in their frame, "
            f"first person {str(persons[first])[:60]} in frame {rows[first] + self._low}",
            done,
            strict,
        )


def numbers(values: Any, where: str) -> NDArray[np.float64]:
    """Numbers as an array; nothing (null) is NaN.

    Raises:
        ValueError: they are something else, or rows of unequal length.
    """
    try:
        return np.asarray(values, np.float64)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{where}: expected numbers, rows of equal length") from error
