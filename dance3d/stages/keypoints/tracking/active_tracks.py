"""The tracks of the first pass: a constant-velocity Kalman filter each, with a pose, a size and colours.

Constants without a source are chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.detections import COLOURS, Detections

Int = NDArray[np.int64]
Float = NDArray[np.floating]
# of a dancer: bone lengths per second (standard deviation), and seconds in which it decays
SPEED, SPEED_MEMORY = 1.5, 0.5
POSITION_NOISE = 0.1  # standard deviation of a detected position, longest bones
COLOUR_RATE = 0.1  # share of a new detection in a track's mean colours
SIZE_RATE = 0.1  # share of a new detection in a track's size
SCORE_DECAY = 0.5  # factor on the score of a joint that is not detected


@dataclass(eq=False)
class DetectionFeatures:
    """Features of every detection of the clip, which are compared with the tracks."""

    at: Float
    size: Float
    box: Float
    clean: NDArray[np.bool_]


@dataclass(eq=False)
class ActiveTracks:
    """Tracks that have not ended; the first axis is the track."""

    name: Int = field(default_factory=lambda: np.zeros(0, np.int64))
    last: Float = field(default_factory=lambda: np.zeros(0))  # seconds
    at: Float = field(default_factory=lambda: np.zeros((0, 2)))
    speed: Float = field(default_factory=lambda: np.zeros((0, 2)))
    variance: Float = field(default_factory=lambda: np.zeros((0, 3)))  # of position, covariance, of speed; in sizes
    size: Float = field(default_factory=lambda: np.zeros(0))
    pose: Float = field(default_factory=lambda: np.zeros((0, 17, 2)))  # from ``at``
    score: Float = field(default_factory=lambda: np.zeros((0, 17)))
    box: Float = field(default_factory=lambda: np.zeros((0, 4)))  # from ``at``
    colour: Float = field(default_factory=lambda: np.zeros((0, COLOURS)))  # roots

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Remove the other tracks."""
        for name, values in vars(self).items():
            setattr(self, name, values[rows])

    def add(self, other: ActiveTracks) -> None:
        """Append other tracks."""
        for name, values in vars(self).items():
            setattr(self, name, np.concatenate([values, getattr(other, name)]))

    def predict(self, step: float) -> None:
        """Predict by ``step`` seconds: speed decays (Ornstein-Uhlenbeck process), variance grows."""
        fade = np.exp(-step / SPEED_MEMORY)
        far = SPEED_MEMORY * (1 - fade)
        self.at = self.at + self.speed * far
        self.speed = self.speed * fade
        p, c, v = self.variance.T
        noise = (
            SPEED**2 * SPEED_MEMORY**2 * (2 * step / SPEED_MEMORY - 3 + 4 * fade - fade**2),
            SPEED**2 * SPEED_MEMORY * (1 - fade) ** 2,
            SPEED**2 * (1 - fade**2),
        )
        self.variance = np.stack(
            [p + 2 * far * c + far**2 * v + noise[0], fade * (c + far * v) + noise[1], fade**2 * v + noise[2]], 1
        )


def update_tracks(
    active: ActiveTracks, detections: Detections, features: DetectionFeatures, rows: Int, k: Int, now: float
) -> None:
    """Update tracks with their detections.

    Args:
        active: all tracks.
        detections: of the clip.
        features: of the detections.
        rows: (R,) numbers of detections.
        k: (R,) the tracks that they update.
        now: seconds.
    """
    if not len(k):
        return
    p, c, v = active.variance[k].T
    gain, gain_speed = p / (p + POSITION_NOISE**2), c / (p + POSITION_NOISE**2)
    off = features.at[rows] - active.at[k]
    active.at[k] += gain[:, None] * off
    active.speed[k] += gain_speed[:, None] * off
    active.variance[k] = np.stack([(1 - gain) * p, (1 - gain) * c, v - gain_speed * c], 1)
    active.size[k] = np.exp((1 - SIZE_RATE) * np.log(active.size[k]) + SIZE_RATE * np.log(features.size[rows]))
    pose, score = detections.xy[rows] - features.at[rows][:, None], detections.score[rows]
    there = np.asarray(np.isfinite(pose).all(-1))
    active.pose[k] = np.where(there[..., None], pose, active.pose[k])
    active.score[k] = np.where(there, score, SCORE_DECAY * active.score[k])
    active.box[k] = features.box[rows] - np.tile(features.at[rows], 2)
    active.last[k] = now
    roots = np.sqrt(detections.colour[rows])
    old = active.colour[k]
    mixed = (1 - COLOUR_RATE) * old + COLOUR_RATE * roots
    usable = np.isfinite(roots[:, 0])
    known = np.isfinite(old[:, 0])
    learn = usable & known & features.clean[rows]
    active.colour[k] = np.where(learn[:, None], mixed, np.where((usable & ~known)[:, None], roots, old))


def new_tracks(detections: Detections, features: DetectionFeatures, rows: Int, names: Int, now: float) -> ActiveTracks:
    """Tracks that start at rest.

    Args:
        detections: of the clip.
        features: of the detections.
        rows: (R,) numbers of the detections that start tracks.
        names: (R,) numbers of the tracks.
        now: seconds.
    """
    at, n = features.at[rows].astype(float), len(rows)
    return ActiveTracks(
        names,
        np.full(n, now),
        at,
        np.zeros((n, 2)),
        np.tile([POSITION_NOISE**2, 0, SPEED**2], (n, 1)),
        features.size[rows].astype(float),
        detections.xy[rows] - at[:, None],
        detections.score[rows].astype(float),
        features.box[rows] - np.tile(at, 2),
        np.sqrt(detections.colour[rows]).astype(float),
    )
