"""What a detector would see of a crowd: true joints with noise, misses, double and false detections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.stats import norm

from dance3d.contracts.detections import COLOURS, Detections
from dance3d.geometry.boxes import of_joints
from dance3d.skeleton import H36M17
from dance3d.synth.crowd.render import pictures
from dance3d.synth.crowd.truth import Truth
from dance3d.synth.crowd.world import Crowd

Array = NDArray[np.float64]
ColourSampler = Callable[[NDArray[np.uint8], NDArray[np.floating], NDArray[np.floating]], NDArray[np.float32]]
_SLOW = 3.0  # frames, how long errors last
_LASTING = 0.75  # share of an error's variance that lasts
_ENDS = {joint: 2.0 for joint in H36M17.joints if joint.endswith(("elbow", "wrist", "ankle"))}  # times the noise
_SMALL = 0.4  # of the picture's size, at which colours are looked at


@dataclass(frozen=True)
class Flaws:
    """How a detector errs. Lengths are shares of a body's height in the picture.

    The defaults are those of BlazePose with many people (``detectors.blazepose``) on films of all twelve salsa couples,
    3600 pictures of 640 x 360; its bodies were given to the true ones whose joints are less than 0.15 off on average.
    It misses 5 % of those in full view, 36 % of those seen to 80 to 90 %, 55 % at 70 to 80 %, 89 % at 50 to 60 %.
    Joints in view are 0.017 off (robust standard deviation), ankles, wrists and elbows twice as far, covered ones 0.06;
    and these are scarcely less sure of themselves.

    Attributes:
        noise: standard deviation of a joint, twice as much of elbows, wrists and ankles; most of it lasts some frames.
        miss: share of dancers missed who are in full view.
        half: visible share of the outline at which half the dancers are missed.
        soft: by how much the visible share must grow for the odds of a miss to fall to a third.
        pull: how far covered joints are drawn to the other dancer's.
        covered: standard deviation of covered joints, beside ``noise``.
        double: share of dancers seen twice.
        ghost: bodies per frame that are none: limbs of two dancers in one, or in an empty place.
        exchanged: share of detections with left and right exchanged.
    """

    noise: float = 0.0165
    miss: float = 0.003
    half: float = 0.78
    soft: float = 0.075
    pull: float = 0.2
    covered: float = 0.055
    double: float = 0.001
    ghost: float = 0.013
    exchanged: float = 0.04


def detections(
    crowd: Crowd, known: Truth, rng: np.random.Generator, flaws: Flaws | None = None, look: ColourSampler | None = None
) -> tuple[Detections, NDArray[np.int64]]:
    """A clip's detections in the order of a detector: shuffled within each frame.

    Args:
        crowd: the scene.
        known: its truth.
        rng: of every flaw.
        flaws: how bad; as measured if not given.
        look: gives the colours of a body (17, 2) with scores (17,) in a picture; they stay NaN if not given.

    Returns:
        Detections, and (N,) the true dancer of each, from 1; 0 for a ghost.
    """
    flaws = flaws or Flaws()
    people, frames = known.seen.shape
    box = of_joints(known.xy)
    tall = np.maximum(box[..., 3] - box[..., 1], 1.0)
    xy, score = _joints(known, tall, rng, flaws)
    rows: list[tuple[int, int, Array, Array]] = []  # frame, owner, xy, score
    missed = _missed(known, rng, flaws)
    for t in range(frames):
        new: list[tuple[int, int, Array, Array]] = []
        for person in range(people):
            if missed[person, t]:
                continue
            new.append((t, person + 1, xy[person, t], score[person, t]))
            if rng.random() < flaws.double:
                again = xy[person, t] + rng.normal(0, 2 * flaws.noise * tall[person, t], (1, 2))
                again = again + rng.normal(0, flaws.noise * tall[person, t], again.shape)
                new.append((t, person + 1, again, 0.8 * score[person, t]))
        if people and rng.random() < flaws.ghost:
            body, other = xy[rng.choice(people, 2, replace=people < 2), t]
            mixed = np.where(rng.random((len(body), 1)) < 0.5, body, other)
            off = rng.normal(0, 0.3, 2) * known.size * (people < 2)
            new.append((t, 0, mixed + off, rng.uniform(0.05, 0.9, len(body))))
        rows += [new[i] for i in rng.permutation(len(new))]
    frame = np.array([row[0] for row in rows], np.int64)
    joints = len(H36M17.joints)
    points = np.array([row[2] for row in rows], np.float32).reshape(-1, joints, 2)
    sure = np.array([row[3] for row in rows], np.float32).reshape(-1, joints)
    seen = Detections(frame, points, sure, _colours(crowd, frame, points, sure, look), known.time, known.size)
    return seen, np.array([row[1] for row in rows], np.int64)


def _joints(known: Truth, tall: Array, rng: np.random.Generator, flaws: Flaws) -> tuple[Array, Array]:
    """Joints (P, T, 17, 2) with noise, covered ones drawn to the nearest other dancer, and scores (P, T, 17)."""
    xy = known.xy.copy()
    if len(xy) > 1:
        middle = xy[:, :, H36M17.index("pelvis")]
        apart = np.linalg.norm(middle[:, None] - middle[None], axis=-1)
        apart[np.arange(len(xy)), np.arange(len(xy))] = np.inf
        nearest = np.where(np.isfinite(apart), apart, np.inf).argmin(1)  # (P, T)
        other = known.xy[nearest, np.arange(xy.shape[1])]
        share = flaws.pull * rng.uniform(0, 2, xy.shape[:3])[..., None]
        xy = np.where(known.covered[..., None], xy + share * (other - xy), xy)
    unit = tall[..., None, None]
    each = np.array([_ENDS.get(joint, 1.0) for joint in H36M17.joints])[:, None]
    xy = xy + flaws.noise * each * unit * _errors(xy.shape, rng)
    xy = np.where(known.covered[..., None], xy + flaws.covered * unit * _errors(xy.shape, rng), xy)
    sure = rng.random(xy.shape[:3])  # one in twelve joints in view is doubted, and few of the covered ones are
    score = np.where(known.covered, sure**0.4, np.minimum(0.85 + 0.15 * sure, 12 * sure))
    score = np.where(known.inside(), score, 0.2 * score)
    wrong = norm.cdf(_errors(known.seen.shape, rng)) < flaws.exchanged
    xy = np.where(wrong[..., None, None], xy[..., H36M17.swap, :], xy)
    return xy, np.where(wrong[..., None], score[..., H36M17.swap], score)


def _missed(known: Truth, rng: np.random.Generator, flaws: Flaws) -> NDArray[np.bool_]:
    """(P, T) who is not found at all."""
    hidden = 1 / (1 + np.exp((known.seen - flaws.half) / flaws.soft))
    chance = flaws.miss + (1 - flaws.miss) * hidden
    return np.asarray((norm.cdf(_errors(known.seen.shape, rng)) < chance) | ~known.there())


def _errors(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Standard normal errors of (P, T, ...), of which a part lasts some frames."""
    slow = gaussian_filter1d(rng.normal(size=shape), _SLOW, axis=1, mode="nearest")
    slow *= np.sqrt(2 * np.sqrt(np.pi) * _SLOW)
    return np.asarray(np.sqrt(1 - _LASTING) * rng.normal(size=shape) + np.sqrt(_LASTING) * slow)


def _colours(
    crowd: Crowd,
    frame: NDArray[np.int64],
    xy: NDArray[np.float32],
    score: NDArray[np.float32],
    look: ColourSampler | None,
) -> NDArray[np.float32]:
    out = np.full((len(frame), COLOURS), np.nan, np.float32)
    if look is None:
        return out
    small = crowd.smaller(_SMALL)
    scale = np.array(small.camera.size) / np.array(crowd.camera.size)
    for t, (picture, _) in enumerate(pictures(small)):
        for row in range(*np.searchsorted(frame, (t, t + 1))):
            out[row] = look(picture, xy[row] * scale, score[row])
    return out
