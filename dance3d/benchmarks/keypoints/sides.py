"""Left and right against the truth, before and after they are corrected.

On recorded motion seen by random cameras, with sides exchanged as detectors do it; and on films that the detector
reads. The constants of the correction were chosen on other takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.benchmarks.keypoints.tracking import OWN, SeenCouple, filmed
from dance3d.contracts import Camera, MotionClip
from dance3d.datasets.mocap import load_motion, motion_files
from dance3d.geometry.camera_settings import ASSUMED_FIELD_OF_VIEW
from dance3d.geometry.projection import look_at, projection
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints import tracking
from dance3d.stages.keypoints.assemble import tracks
from dance3d.stages.keypoints.clean import body_size
from dance3d.stages.keypoints.sides import LEFT, PAIRS, RIGHT, exchange, find_exchanged
from dance3d.synth.appearance import random_outfit
from dance3d.synth.crowd import Crowd
from dance3d.synth.crowd.world import SIZE
from dance3d.synth.virtual_cameras import film

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

TAKES = ("08_*", "09_0[789].*", "09_1*", "02_03.*", "salsa_1[0-2].*", "85_1*", "05_0[23].*")
"""Files of walking, running, salsa, break and modern dance on which no constant was chosen."""
FILMED = ("08_0[1368].*", "09_0[789].*", "09_1[01].*", "02_03.*")
"""Those of which the detector reads a film from the side: walks and runs."""
DISTANCE, HEIGHT = 4.5, 1.1  # metres of that camera from the middle of the path, and above the floor
SEED = 1
SECONDS = 4.0  # of every take, at most
CAMERAS = 2  # of every take
NOISE, LOST = 14.0, 0.02  # as of ``synth.virtual_cameras.film``
APART = 0.15  # body sizes: pairs nearer than this are neither right nor wrong
GROUPS = {
    "legs": ("hip", "knee", "ankle"),
    "shins": ("knee", "ankle"),
    "ankles": ("ankle",),
    "arms": ("shoulder", "elbow", "wrist"),
    "forearms": ("elbow", "wrist"),
    "wrists": ("wrist",),
    "body": PAIRS,
}
CROSSINGS = (
    ("ankle", 0.35, 40, ("legs", "shins", "shins", "ankles")),
    ("wrist", 0.2, 20, ("arms", "forearms", "wrists")),
    ("shoulder", 0.3, 40, ("body", "arms", "legs")),
)
"""What a detector exchanges where a pair changes sides in the picture: how often, and for how many frames at most."""
ANYWHERE, SHORT = 0.6, 6  # exchanges per second at any time, and their frames at most; of 30 per second


@dataclass(frozen=True, eq=False)
class Seen:
    """A dancer before the correction of sides, and the truth.

    Attributes:
        xy: (T, 17, 2) pixels, NaN where missing.
        score: (T, 17) 0..1.
        time: (T,) seconds.
        truth: (T, 17, 2) pixels.
    """

    xy: Array
    score: Array
    time: Array
    truth: Array

    def corrected(self) -> Array:
        """``xy`` as the stage corrects it."""
        return exchange(self.xy, find_exchanged(self.xy, self.score, body_size(self.xy, self.time), self.time))


def sides(folder: Path) -> Iterator[dict[str, float]]:
    """Figures of left and right.

    Args:
        folder: of motion capture, with files as ``TAKES`` name them.

    Yields:
        ``sides.right.before`` and ``.after``, the share of pairs on their own side (frames and the six pairs of
        shoulders to wrists and hips to ankles, where the true ones are ``APART``), ``sides.harmed``, the share that
        was right and is wrong afterwards; ``sides.clean.harmed``, the same where nothing was exchanged; and
        ``sides.detector.…`` of films that the detector reads.
    """
    seen = [one for take in _takes(folder, TAKES) for one in projected(take)]
    yield {f"sides.{name}": value for name, value in score([(s.xy, s.corrected(), s.truth) for s in seen]).items()}
    spotless = [one for take in _takes(folder, TAKES) for one in projected(take, exchanges=False)]
    harmed = score([(one.xy, one.corrected(), one.truth) for one in spotless])["harmed"]
    yield {"sides.clean.harmed": harmed}
    found = score([one for crowd in from_the_side(_takes(folder, FILMED)) for one in _read(filmed(crowd))])
    yield {f"sides.detector.{name}": value for name, value in found.items()}


def from_the_side(takes: Sequence[MotionClip]) -> Iterator[Crowd]:
    """The takes as scenes: a camera pans after the dancer, who goes from left to right or from right to left."""
    for seed, take in enumerate(takes, SEED):
        xyz = take.xyz[None, : round(SECONDS * take.fps)].astype(np.float64)
        way = np.diff(xyz[0, [0, -1], H36M17.index("pelvis")], axis=0)[0]
        eye = DISTANCE * np.array([-way[2], 0.0, way[0]]) / np.hypot(way[0], way[2]) * (-1) ** seed
        eye[1] = HEIGHT
        xyz = xyz - xyz.mean((0, 1, 2)) * [1, 0, 1]
        ahead = xyz[0, :, H36M17.index("pelvis")] * [1, 0, 1] + [0, HEIGHT, 0]
        E = np.stack([look_at(eye, aim) for aim in ahead])
        lens = replace(Camera.from_field_of_view(ASSUMED_FIELD_OF_VIEW, SIZE), assumed=False)
        yield Crowd(take.name, xyz, (random_outfit(np.random.default_rng(seed)),), lens, E, take.fps, seed)


def projected(take: MotionClip, exchanges: bool = True) -> Iterator[Seen]:
    """A take seen by random cameras, with noise and exchanged sides.

    Args:
        take: world motion.
        exchanges: false leaves left and right as they are.
    """
    rng = np.random.default_rng([SEED, len(take.xyz)])
    for shot in film([take], NOISE, SEED, "random", CAMERAS, LOST):
        start = int(rng.integers(max(len(take.xyz) - round(SECONDS * take.fps), 0) + 1))
        rows = slice(start, start + round(SECONDS * take.fps))
        truth = projection(shot.truth).xy[rows].astype(np.float64)
        seen, time = shot.keypoints.xy[rows].astype(np.float64), shot.keypoints.time[rows]
        flags = exchanged(truth, body_size(truth, time), take.fps, rng) & exchanges
        score = np.clip(rng.normal(0.75, 0.1, seen.shape[:2]), 0.1, 1) * np.isfinite(seen).all(-1)
        yield Seen(exchange(seen, flags), exchange(score, flags), time, truth)


def exchanged(truth: Array, size: Array, fps: float, rng: np.random.Generator) -> Flags:
    """(T, 6) pairs that a detector might exchange: most where they change sides in the picture.

    Args:
        truth: (T, 17, 2) pixels.
        size: (T,) pixels: the body's size.
        fps: frames per second.
        rng: of all choices.
    """
    flags = np.zeros((len(truth), len(PAIRS)), bool)
    side = np.sign((truth[:, LEFT] - truth[:, RIGHT])[..., 0] / size[:, None])
    anywhere = np.flatnonzero(rng.random(len(truth)) < ANYWHERE / fps)
    runs: list[tuple[int, int, tuple[str, ...]]] = [(int(at), SHORT, tuple(GROUPS)) for at in anywhere]
    for pair, chance, most, kinds in CROSSINGS:
        changes = np.flatnonzero(np.diff(side[:, PAIRS.index(pair)]) != 0) + 1
        runs += [(int(at), most, kinds) for at in changes[rng.random(len(changes)) < chance]]
    for at, most, groups in runs:
        frames = max(int(np.exp(rng.uniform(0, np.log(most))) * fps / 30), 1)
        for pair in GROUPS[str(rng.choice(groups))]:
            flags[at : at + frames, PAIRS.index(pair)] ^= True
    return flags


def score(seen: Sequence[tuple[Array, Array, Array]]) -> dict[str, float]:
    """Sides of several tracks, as of one long one.

    Args:
        seen: joints (T, 17, 2) before the correction, after it, and true.

    Returns:
        ``right.before``, ``right.after`` and ``harmed``, see ``sides``.
    """
    before, after = (
        np.concatenate([wrong_sides(each[k], each[2]).ravel() for each in seen] or [np.empty(0)]) for k in (0, 1)
    )
    known = np.isfinite(before) & np.isfinite(after)
    before, after = before[known], after[known]
    if not len(before):
        return {}
    figures = {"right.before": 1 - before.mean(), "right.after": 1 - after.mean(), "harmed": np.mean(after > before)}
    return {name: round(float(value), 4) for name, value in figures.items()}


def wrong_sides(xy: Array, truth: Array) -> Array:
    """(T, 6) 1 where a pair lies nearer to the truth exchanged, 0 where it does not, NaN where that cannot be told."""
    size = body_size(truth, np.arange(len(truth), dtype=np.float64))[:, None]
    kept, crossed = (
        sum(np.linalg.norm(xy[:, found] - truth[:, true], axis=-1) for found, true in ((LEFT, one), (RIGHT, other)))
        for one, other in ((LEFT, RIGHT), (RIGHT, LEFT))
    )
    apart = np.linalg.norm(truth[:, LEFT] - truth[:, RIGHT], axis=-1)
    told = (apart > APART * size) & (np.abs(kept - crossed) > APART * size)
    return np.where(told, crossed < kept, np.nan)


def _takes(folder: Path, names: Sequence[str]) -> list[MotionClip]:
    paths = [path for path in motion_files(folder) if any(fnmatchcase(path.name, name) for name in names)]
    return [load_motion(path)[0] for path in paths]


def _read(seen: SeenCouple) -> Iterator[tuple[Array, Array, Array]]:
    """A lone dancer's joints in a film: as detected, as the stage corrects them, and true."""
    for track in tracks(seen.detections, tracking.resolve(OWN)(seen.detections, 1), smoothed=False):
        assert track.raw is not None
        yield track.raw.astype(np.float64), track.xy.astype(np.float64), seen.known.xy[0]
