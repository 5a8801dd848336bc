"""Times of a video's frames: the stream's own wherever they can be true, put right where they cannot.

All time stamps of a clip are looked at together, so that one odd stamp can be told from a clock that starts again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_STEP = 1e-6  # chosen, seconds: closer stamps are one moment
STRAY = 3  # chosen: so many odd stamps in a row are stray ones; more are a clock that was set


@dataclass(frozen=True, eq=False)
class FrameTimes:
    """Times of all frames, and what was done for them.

    Attributes:
        time: (T,) seconds, strictly increasing, the first not below zero.
        jumps: (J,) frames before which the clock was set; the times go on as if it had not been.
        replaced: number of frames without a stamp of their own that could be true.
        counted: whether no two stamps differ, so that the times only count frames.
    """

    time: NDArray[np.float64]
    jumps: tuple[int, ...] = ()
    replaced: int = 0
    counted: bool = False

    def notes(self, guess: float | None) -> tuple[str, ...]:
        """What a user should know of the times, one phrase each; ``guess`` is a rate that nobody has told, or none."""
        said = []
        if self.counted and guess is not None:
            said.append(f"there are no time stamps: {guess:g} frames/s is a guess; give the rate with --fps")
        if self.replaced and not self.counted:
            frames = "1 frame has" if self.replaced == 1 else f"{self.replaced} frames have"
            said.append(f"{frames} no time stamp that can be true; a time between the neighbours' is taken")
        if self.jumps:
            more = {1: "", 2: " and once more"}.get(len(self.jumps), f" and {len(self.jumps) - 1} times more")
            said.append(f"the clock jumps at {self.time[self.jumps[0]]:.2f} s{more}; the times go on as if it did not")
        return tuple(said)


def frame_times(stamps: Sequence[float | None], step: float, longest: float) -> FrameTimes:
    """Times of T frames from their stamps.

    A frame whose stamp is missing, repeats the one before or is a stray one lies between its neighbours, a usual step
    after the previous one or earlier. Where the clock is set back, or ahead by more than ``longest``, the difference is
    carried on, so that the next frame comes one usual step after the last.

    Args:
        stamps: seconds, in order of display; none where the stream gives none.
        step: seconds from frame to frame, where the stamps do not tell.
        longest: seconds that a step may take.
    """
    raw = np.array([np.nan if stamp is None else stamp for stamp in stamps], np.float64)
    if len(raw) > 1 and _credible(np.diff(raw), longest).all():
        return FrameTimes(raw - min(raw[0], 0.0))
    kept, at, jumps = _kept(raw, _usual(raw, np.flatnonzero(np.isfinite(raw)), step, longest), longest)
    time = _filled(at, kept, _usual(at, kept, step, longest))
    return FrameTimes(time - min(time[0], 0.0), jumps, len(raw) - len(kept), len(kept) < min(len(raw), 2))


def _credible(steps: NDArray[np.float64], longest: float) -> NDArray[np.bool_]:
    return np.asarray((steps >= LEAST_STEP) & (steps <= longest))


def _usual(at: NDArray[np.float64], frames: NDArray[np.intp], step: float, longest: float) -> float:
    """Seconds from frame to frame, the median over pairs of neighbours among ``frames``; ``step`` without any."""
    apart = np.diff(at[frames])
    each = (apart / np.diff(frames))[_credible(apart, longest)]
    usual = float(np.median(each)) if len(each) else step
    return usual if usual >= LEAST_STEP else step


def _kept(
    raw: NDArray[np.float64], usual: float, longest: float
) -> tuple[NDArray[np.intp], NDArray[np.float64], tuple[int, ...]]:
    """The frames whose stamps can be true, all stamps on one clock, and the frames before which the clock was set."""
    at, kept, jumps = raw.copy(), list[int](), list[int]()
    shift = 0.0
    for i in np.flatnonzero(np.isfinite(raw)).tolist():
        at[i] = stamp = raw[i] + shift
        last = at[kept[-1]] if kept else -np.inf
        if kept and abs(stamp - last) < LEAST_STEP:
            continue
        if kept and not 0 < stamp - last <= longest:
            coming = raw[i + 1 : i + 1 + STRAY] + shift - last
            if _credible(coming, longest).any():  # the clock comes back: this stamp is a stray one
                continue
            later = sum(at[frame] > stamp - LEAST_STEP for frame in kept[-STRAY - 1 :])
            if stamp < last and later <= STRAY:  # those before were the stray ones
                del kept[-later:]
            else:
                shift += last + usual * (i - kept[-1]) - stamp
                at[i] = raw[i] + shift
                jumps.append(i)
        kept.append(i)
    return np.array(kept, np.intp), at, tuple(jumps)


def _filled(at: NDArray[np.float64], kept: NDArray[np.intp], usual: float) -> NDArray[np.float64]:
    """(T,) times: those of ``kept`` frames as they are, the others from their neighbours."""
    frames = np.arange(len(at))
    if not len(kept):
        return np.asarray(frames * usual, np.float64)
    time: NDArray[np.float64] = np.empty(len(at))
    before = np.searchsorted(kept, frames, side="right") - 1
    inside = before >= 0
    step = np.append(np.minimum(np.diff(at[kept]) / np.diff(kept), usual), usual)[before[inside]]
    time[inside] = at[kept[before[inside]]] + step * (frames[inside] - kept[before[inside]])
    time[~inside] = at[kept[0]] - usual * (kept[0] - frames[~inside])
    if not (np.diff(time) > 0).all():  # stamps so close that what lies between them has no room
        time[:] = time[0] + frames * usual
    return time
