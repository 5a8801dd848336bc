"""Where a film goes from one shot to the next: hard cuts and dissolves.

Every picture is kept very small. Two of them are compared after each of their blocks may have moved a little, and
without regard to their brightness, so that neither a pan nor a flash is a cut. A hard cut is a change that the pictures
around do not undo and that is larger than the changes around; a dissolve is a stretch whose pictures are mixtures of
its first and its last. Constants were chosen on joins of other seeds and clips than those which
``benchmarks.keypoints.shots`` reports.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.times import median_step
from dance3d.stages.keypoints.small_pictures import BLOCK, Small

Float = NDArray[np.float64]

REACH = (3, 4)  # pixels down and across by which a block may have moved
FLASH = 0.25  # seconds: a change that is undone within it is no cut
PAIRS = 8  # pictures that are compared at once
CHUNK = 512  # pictures or stretches at a time, so that hours of video need no more memory than minutes
LEAST_CHANGE, LEAST_RATIO = 11.0, 2.5
SHORT = 0.14  # seconds of a loss of contrast that is a flash or strobe light
DISSOLVES = (0.35, 0.5, 0.7, 0.95, 1.3, 1.8)  # seconds that a dissolve is looked for in
SAMPLES = 9  # pictures of a stretch that are tested
LEAST_LOST, LEAST_MIXED = 0.2, -0.2
LATER = 0.8  # seconds before and behind a dissolve that have to differ: what passes close to the lens is gone by then
LEAST_DIFFERENCE, LEAST_MIDDLE = 17.0, 0.5
LEAST_SHOT = 0.4  # seconds


def change(first: Small, second: Small) -> Float:
    """(N,) how much pictures differ, grey levels, but for brightness, contrast and what small movements explain.

    Args:
        first: (N, 3 h / 2, w), see ``small_picture``.
        second: likewise.
    """
    a, b = _levelled(first), _levelled(second)
    n, _, height, width = a.shape
    down, across = REACH
    padded = np.pad(b, ((0, 0), (0, 0), (down, down), (across, across)), mode="edge")
    best = np.full((n, height // BLOCK, width // BLOCK), np.inf, np.float32)
    for y in range(2 * down + 1):
        for x in range(2 * across + 1):
            apart = np.abs(a - padded[:, :, y : y + height, x : x + width]).sum(1)
            blocks = apart.reshape(n, height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean((2, 4))
            np.minimum(best, blocks, out=best)
    return np.asarray(best.mean((1, 2)), np.float64)


def _levelled(small: Small) -> NDArray[np.float32]:
    """(N, 3, h, w) luma and chroma of mean 0, and luma of a usual contrast."""
    height, width = small.shape[1] * 2 // 3, small.shape[2]
    luma = small[:, :height].astype(np.float32)
    chroma = small[:, height:].astype(np.float32).reshape(len(small), height // 2, 2, width // 2).swapaxes(1, 2)
    luma = luma - luma.mean((1, 2), keepdims=True)
    gain = 40 / (luma.std((1, 2), keepdims=True) + 10)
    chroma = _twice(_twice(chroma - chroma.mean((2, 3), keepdims=True)).swapaxes(2, 3)).swapaxes(2, 3)
    return np.asarray(np.concatenate([luma[:, None], chroma], 1) * gain[:, None], np.float32)


def _twice(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """(..., 2 n) from (..., n), linear between the middles of pixels."""
    wide = np.pad(plane, [(0, 0)] * (plane.ndim - 1) + [(1, 1)], mode="edge")
    out = np.stack([0.75 * plane + 0.25 * wide[..., :-2], 0.75 * plane + 0.25 * wide[..., 2:]], -1)
    return out.reshape(*plane.shape[:-1], -1).astype(np.float32, copy=False)


def find_shots(small: Small, time: Float) -> tuple[int, ...]:
    """The first frame of every shot, 0 among them; of a dissolve, the frame in its middle.

    Args:
        small: (T, 3 h / 2, w), see ``small_picture``.
        time: (T,) seconds.
    """
    if len(small) < 3:
        return (0,)
    step = median_step(time, 1 / 30)
    hard = _hard_cuts(small, step)
    soft = _dissolves(small, step, hard)
    return (0, *sorted({*hard, *soft}))


def _hard_cuts(small: Small, step: float) -> list[int]:
    """Frames that begin a shot at once."""
    plain, reach = _plain_changes(small), max(round(FLASH / step), 2)
    cuts: list[int] = []
    for row in np.argsort(-plain, kind="stable"):
        if plain[row] < LEAST_CHANGE:
            break
        if not reach <= row + 1 <= len(small) - reach or any(abs(row + 1 - cut) * step < LEAST_SHOT for cut in cuts):
            continue
        lasting = _lasting(small, int(row), reach, max(round(LATER / step), reach))
        if lasting >= LEAST_CHANGE and lasting >= LEAST_RATIO * _usual(small, int(row), reach):
            cuts.append(int(row) + 1)
    return sorted(cuts)


def _plain_changes(small: Small) -> Float:
    """(T - 1,) differences of pictures in a row without any movement: never below ``change``."""
    out = [np.zeros(0)]
    for first in range(0, len(small) - 1, CHUNK):
        levelled = _levelled(small[first : first + CHUNK + 1])
        out.append(np.abs(np.diff(levelled, axis=0)).sum(1).mean((1, 2)).astype(np.float64))
    return np.concatenate(out)


def _lasting(small: Small, row: int, reach: int, later: int) -> float:
    """The least change between a picture up to a row and one behind it; it ends with the first below ``LEAST_CHANGE``.

    Args:
        small: as of ``find_shots``.
        row: the last before the change.
        reach: frames on either side of which all are compared.
        later: frames within which some are compared: what passes close to the lens is gone by then.
    """
    before, after = (each.ravel() for each in np.meshgrid(row - np.arange(reach), row + 1 + np.arange(reach)))
    far = np.arange(reach, later, max(reach // 2, 1))
    before = np.concatenate([before, row - far, np.full(len(far), row)])
    after = np.concatenate([after, np.full(len(far), row + 1), row + 1 + far])
    nearest = np.argsort(after - before, kind="stable")
    nearest = nearest[(before[nearest] >= 0) & (after[nearest] < len(small))]
    least = np.inf
    for some in np.split(nearest, range(PAIRS, len(nearest), PAIRS)):
        least = min(least, float(change(small[before[some]], small[after[some]]).min()))
        if least < LEAST_CHANGE:
            break
    return least


def _usual(small: Small, row: int, reach: int) -> float:
    """Median change from a picture to the one most like it on the same side of a cut; of both sides the larger."""
    out = []
    for first in (row + 1 - reach, row + 1):
        one, other = np.triu_indices(reach, 1)
        apart = np.full((reach, reach), np.inf)
        apart[one, other] = apart[other, one] = change(small[first + one], small[first + other])
        out.append(float(np.median(apart.min(1))))
    return max(out)


def _dissolves(small: Small, step: float, hard: Sequence[int]) -> list[int]:
    """Frames in the middle of stretches whose pictures are mixtures of the first and the last.

    A mixture of two pictures has less contrast than either, and black or white, which a fade shows, has none.

    Args:
        small: as of ``find_shots``.
        step: seconds from frame to frame.
        hard: cuts, which are in no dissolve.
    """
    contrast = np.concatenate([_luma(small[n : n + CHUNK]).std((1, 2)) for n in range(0, len(small), CHUNK)])
    contrast = _without_flashes(contrast, max(round(SHORT / 2 / step), 1))
    found: list[tuple[float, int, int]] = []  # likelihood, first frame, last frame
    for seconds in DISSOLVES:
        frames = round(seconds / step)
        if not 4 <= frames < len(small):
            continue
        starts = np.arange(0, len(small) - frames, max(frames // 8, 1))
        for cut in hard:
            starts = starts[(starts + frames < cut) | (starts >= cut)]
        lost = _lost_contrast(contrast, starts, frames)
        starts, lost = starts[lost > LEAST_LOST], lost[lost > LEAST_LOST]
        for first in range(0, len(starts), CHUNK):
            some = slice(first, first + CHUNK)
            likely = lost[some] - _unmixed(small, starts[some], frames)[0]
            for value, start in zip(likely.tolist(), starts[some].tolist(), strict=True):
                if value > LEAST_MIXED:
                    found.append((value, start, start + frames))
    cuts: list[int] = []
    taken = np.zeros(len(small), bool)
    for _, start, stop in sorted(found, reverse=True):
        if taken[start : stop + 1].any() or not _leads_away(small, start, stop, round(LATER / step)):
            continue
        taken[start : stop + 1] = True
        frame = start + int(_unmixed(small, np.array([start]), stop - start, stop - start + 1)[1][0])
        if all(abs(frame - cut) * step >= LEAST_SHOT for cut in (0, len(small), *hard, *cuts)):
            cuts.append(frame)
    return cuts


def _luma(small: Small) -> Small:
    return small[:, : small.shape[1] * 2 // 3]


def _without_flashes(contrast: Float, reach: int) -> Float:
    """(T,) contrast without dips of up to twice ``reach`` frames."""
    around = [np.pad(contrast, reach, mode="edge")]
    for _ in range(2):
        view = np.lib.stride_tricks.sliding_window_view(around[-1], 2 * reach + 1)
        around.append(np.pad(view.max(1) if len(around) == 1 else view.min(1), reach, mode="edge"))
    return around[-1][reach:-reach]


def _lost_contrast(contrast: Float, starts: NDArray[np.int64], frames: int) -> Float:
    """(N,) the share of its ends' contrast that a stretch lacks in its inner half; see ``_unmixed``."""
    inner = np.lib.stride_tricks.sliding_window_view(contrast, frames // 2 + 1)[starts + frames // 4].min(1)
    ends = np.sqrt((contrast[starts] ** 2 + contrast[starts + frames] ** 2) / 2)
    return np.asarray(1 - (inner + 1) / (ends + 1))


def _unmixed(
    small: Small, starts: NDArray[np.int64], frames: int, samples: int = SAMPLES
) -> tuple[Float, NDArray[np.int64]]:
    """How much of a stretch is no mixture of its ends, and where both are seen alike.

    Args:
        small: as of ``find_shots``.
        starts: (N,) first frames.
        frames: from the first to the last.
        samples: pictures that are looked at.

    Returns:
        (N,) the rest as a share of the difference of the ends; and (N,) frames from the start to the first picture that
        has more of the last picture than of the first.
    """
    at = np.rint(np.linspace(0, frames, samples)).astype(int)
    seen = _luma(small)[starts[:, None] + at].astype(np.float64).reshape(len(starts), samples, -1)
    seen -= seen.mean(2, keepdims=True)  # so that black and white are nothing
    ends = seen[:, [0, -1]]
    gram = np.einsum("nip,njp->nij", ends, ends) + np.eye(2)
    share = np.linalg.solve(gram, np.einsum("nip,nsp->nis", ends, seen))
    apart = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)[:, None]
    rest = np.linalg.norm(seen - np.einsum("nis,nip->nsp", share, ends), axis=2) / (apart + 1)
    return np.asarray(rest[:, 1:-1].mean(1)), at[np.argmax(share[:, 1] >= share[:, 0], axis=1)]


def _leads_away(small: Small, start: int, stop: int, later: int) -> bool:
    """Whether no picture behind a stretch is like one before it, and its middle is like neither.

    Args:
        small: as of ``find_shots``.
        start: first frame of the stretch.
        stop: its last frame.
        later: frames before and behind it that are compared.
    """
    middle = (start + stop) // 2
    near = float(change(small[[start, middle]], small[[middle, stop]]).min())
    if near < LEAST_MIDDLE * LEAST_DIFFERENCE:
        return False
    before = np.unique(np.linspace(max(start - later, 0), start, 6).astype(int))
    behind = np.unique(np.linspace(stop, min(stop + later, len(small) - 1), 6).astype(int))
    pairs = np.stack(np.meshgrid(before, behind), -1).reshape(-1, 2)
    far = float(change(small[pairs[:, 0]], small[pairs[:, 1]]).min())
    return far > LEAST_DIFFERENCE and near > LEAST_MIDDLE * far
