"""Invented dances: figures of a genre in random order, danced by a random body.

The five genres carry the names of the classes of the real data and imitate what sets them apart: salsa's eight counts
with hip movement and bent arms, Indian dance's stamps in half-sitting with straight arm lines, the slow arcs, leg lifts
and falls of modern dance, guard, punches and kicks of martial arts, and walking, reaching and waving.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dance3d.contracts import MotionClip
from dance3d.synth import dance_figures as f
from dance3d.synth import everyday_figures as e
from dance3d.synth.extremities import by_rules
from dance3d.synth.keyframes import Keyframes
from dance3d.synth.kinematics import BodyLengths, joints, random_body

FPS = 30.0
Figure = Callable[[Keyframes], None]


# Per genre: shortest and longest beat in seconds, and its figures with their shares. All chosen.
_STYLES: dict[str, tuple[float, float, tuple[tuple[Figure, float], ...]]] = {
    "salsa": (0.30, 0.38, ((f.salsa_basic, 0.4), (f.salsa_side, 0.3), (f.salsa_turn, 0.3))),
    "indian": (0.40, 0.58, ((f.indian_stamp, 0.45), (f.indian_stretch, 0.3), (f.indian_crown, 0.25))),
    "modern": (0.52, 0.75, ((f.modern_lift, 0.35), (f.modern_fall, 0.3), (f.modern_sweep, 0.35))),
    "martial": (
        0.42,
        0.58,
        ((f.martial_punch, 0.35), (f.martial_kick, 0.35), (f.martial_block, 0.2), (f.martial_jump, 0.1)),
    ),
    "everyday": (0.50, 0.64, ((e.walk, 0.45), (e.greet, 0.2), (e.pick_up, 0.15), (e.fidget, 0.2))),
}
GENRES: tuple[str, ...] = tuple(_STYLES)


def choreograph(genre: str, seconds: float, seed: int) -> MotionClip:
    """Invent a dance.

    Args:
        genre: one of ``GENRES``.
        seconds: length.
        seed: fixes the body, the tempo and every figure; the same seed gives the same body in every genre.

    Returns:
        The motion at 30 fps, feet on the floor, near the origin, facing about +z where the style does not turn.

    Raises:
        ValueError: no such genre, or less than one frame.
    """
    if genre not in _STYLES:
        raise ValueError(f"genre {genre!r} is not known; choose from {', '.join(GENRES)}")
    if not seconds * FPS >= 1:
        raise ValueError(f"a dance of {seconds} s has no frame at {FPS:g} fps")
    body = random_body(np.random.default_rng([seed, 0]))
    xyz = joints(write(genre, seconds, seed, body), body, seconds, FPS)
    return MotionClip(xyz, FPS, f"synth-{genre}-{seed}", f"synth-{seed}", genre, extremities=by_rules(xyz))  # type: ignore[arg-type]


def write(genre: str, seconds: float, seed: int, body: BodyLengths) -> Keyframes:
    """The keyframes of ``choreograph``; second 0 of the clip is second 0 of the keyframes.

    Args:
        genre: one of ``GENRES``.
        seconds: length.
        seed: of the tempo and every figure.
        body: of the dancer.

    Returns:
        The keyframes; their ``beat`` is the tempo.
    """
    rng = np.random.default_rng([seed, 1 + GENRES.index(genre)])
    shortest, longest, figures = _STYLES[genre]
    # The dance begins before the clip, so that clips start amid a figure and not all on the same count.
    keyframes = Keyframes(rng, rng.uniform(shortest, longest), body.leg, 1.1 * body.hip, now=-rng.uniform(1.5, 4))
    shares = np.array([share for _, share in figures])
    while keyframes.now < seconds + 1:
        figures[rng.choice(len(figures), p=shares / shares.sum())][0](keyframes)
    return keyframes
