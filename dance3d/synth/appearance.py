"""Random bodies, clothes, light and backgrounds. All ranges are chosen, wide enough to hold real footage."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.synth.body import Look, Parts, random_look

Array = NDArray[np.float64]
Picture = NDArray[np.float32]
FACTORS = (0.8, 1.35)
"""Thinnest and thickest body parts, by an average body's."""
BACKGROUNDS = ("plain", "gradient", "noise", "room")


@dataclass(frozen=True, eq=False)
class Outfit:
    """What one dancer wears.

    Attributes:
        look: colours, cuts and build.
        ink: (3,) second colour of a patterned shirt or pair of trousers.
        waves: (2,) of the pattern along and across a part, radians per metre; zeros for plain cloth.
        shirt: whether the shirt is patterned, else the trousers.
    """

    look: Look
    ink: Array
    waves: Array
    shirt: bool


@dataclass(frozen=True, eq=False)
class Light:
    """Lamp and air of one scene.

    Attributes:
        towards: (3,) unit vector to the lamp, world.
        colour: (3,) of the lamp, by strength.
        ambient: (3,) from everywhere.
        sky: how much more comes from above than from below.
    """

    towards: Array
    colour: Array
    ambient: Array
    sky: float


@dataclass(frozen=True, eq=False)
class Backdrop:
    """What stands behind: one of ``BACKGROUNDS``, its two colours (2, 3), and where wall and boards are, metres."""

    kind: str
    colours: Array
    wall: float
    board: float


def random_colour(rng: np.random.Generator) -> Array:
    """RGB 0..1, greys and dark cloth among them."""
    return np.array(colorsys.hsv_to_rgb(rng.random(), rng.random() ** 1.5, rng.uniform(0.08, 0.95)))


def random_outfit(rng: np.random.Generator) -> Outfit:
    """A random dancer: build, colours and cuts."""
    base = random_look(rng)
    build = rng.normal(0, 0.10)
    factors = {part: build + rng.normal(0, 0.09) for part in ("trunk", "arms", "legs")}
    factors["head"] = 0.3 * build + rng.normal(0, 0.06)
    thick = {part: float(np.clip(np.exp(factor), *FACTORS)) for part, factor in factors.items()}
    cloth = {part: random_colour(rng) for part in ("shirt", "trousers", "shoes") if rng.random() < 0.75}
    skirt = float(rng.uniform(0.4, 1.8)) if rng.random() < 0.2 else 0.0
    loose = rng.random(2) < 0.3
    look = Look(
        skin=np.clip(base.skin * rng.uniform(0.85, 1.08), 0.05, 0.98),
        hair=np.clip(base.hair * rng.uniform(0.7, 1.4), 0.02, 0.95),
        shirt=cloth.get("shirt", base.shirt),
        trousers=cloth.get("trousers", base.trousers),
        shoes=cloth.get("shoes", base.shoes),
        long_hair=base.long_hair and rng.random() < 0.7,
        long_sleeves=base.long_sleeves,
        shorts=base.shorts or bool(skirt),
        trunk=thick["trunk"],
        arms=thick["arms"],
        legs=thick["legs"],
        head=thick["head"],
        sleeves=float(loose[0] * rng.uniform(0.005, 0.035)),
        flare=float(loose[1] * rng.uniform(0.01, 0.05)),
        skirt=skirt,
        coat=rng.random() < 0.4,
        hat=rng.random() < 0.1,
        bun=rng.random() < 0.2,
    )
    waves = rng.uniform(30, 120, 2) * [(1, 0), (0, 1), (1, 1)][rng.integers(3)] * (rng.random() < 0.45)
    return Outfit(look, random_colour(rng), waves, rng.random() < 0.7)


def pattern_waves(parts: Parts, outfit: Outfit) -> Array:
    """(N, 2) waves of every part's cloth: the pattern on parts that have the patterned piece's colour."""
    piece = outfit.look.shirt if outfit.shirt else outfit.look.trousers
    return np.asarray((parts.colour == piece).all(1)[:, None] * outfit.waves)


def random_light(rng: np.random.Generator) -> Light:
    """One lamp above the floor, from any side."""
    round_, high = rng.uniform(0, 2 * np.pi), np.deg2rad(rng.uniform(10, 85))
    towards = np.array([np.cos(high) * np.cos(round_), np.sin(high), np.cos(high) * np.sin(round_)])
    strength, tint = rng.uniform(0.15, 0.9), 1 + rng.normal(0, 0.08, 3)
    ambient = (rng.uniform(0.75, 1.2) - 0.6 * strength) * (1 + rng.normal(0, 0.05, 3))
    return Light(towards, strength * tint, ambient, rng.uniform(0, 0.3))


def random_backdrop(rng: np.random.Generator) -> Backdrop:
    """A random background."""
    kind = BACKGROUNDS[rng.choice(len(BACKGROUNDS), p=(0.15, 0.15, 0.25, 0.45))]
    colours = np.stack([random_colour(rng), random_colour(rng)])
    return Backdrop(kind, colours, rng.uniform(1.5, 5.0), rng.uniform(0.08, 0.6))


def render_backdrop(
    backdrop: Backdrop, rotation: Array, eye: Array, focal: float, size: int, rng: np.random.Generator
) -> Picture:
    """The empty picture.

    Args:
        backdrop: what to paint.
        rotation: (3, 3) world to camera.
        eye: (3,) of the camera, metres, world.
        focal: pixels.
        size: of the square picture.
        rng: of textures.

    Returns:
        (size, size, 3) RGB 0..1.
    """
    one, other = backdrop.colours.astype(np.float32)
    if backdrop.kind == "plain":
        return np.broadcast_to(one, (size, size, 3))
    at = (np.arange(size, dtype=np.float32) + 0.5) / size - 0.5
    if backdrop.kind == "gradient":
        turn = rng.uniform(0, 2 * np.pi)
        share = np.clip(0.5 + np.cos(turn) * at[None] + np.sin(turn) * at[:, None], 0, 1)
    elif backdrop.kind == "noise":
        coarse = rng.random((rng.integers(2, 24), rng.integers(2, 24)), np.float32)
        share = np.clip(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), 0, 1)
    else:
        share = _room(backdrop, rotation, eye, (at * np.float32(size / focal)).astype(np.float32))
    return np.asarray(one + share[..., None] * (other - one))


def _room(backdrop: Backdrop, rotation: Array, eye: Array, at: Picture) -> Picture:
    """(S, S) mixture of the two colours: a boarded floor, and a wall behind the origin as seen from ``eye``."""
    x, y, z = rotation.astype(np.float32)  # the world's share in every camera axis
    ways = at[None, :, None] * x + at[:, None, None] * y + z
    back = -eye * [1, 0, 1] / max(float(np.hypot(eye[0], eye[2])), 1e-6)
    wall = (float(np.hypot(eye[0], eye[2])) + backdrop.wall) / np.maximum(ways @ back.astype(np.float32), 1e-3)
    drop = -ways[..., 1]
    floor = np.where(drop > 1e-4, np.float32(eye[1]) / np.maximum(drop, 1e-4), np.inf)
    reach = np.minimum(floor, wall)
    board = np.floor((eye[0] + ways[..., 0] * reach) / backdrop.board)
    tone = 0.12 * np.sin(12.9898 * board) ** 2
    return np.asarray(np.where(floor < wall, tone, 0.85 + 0.05 * ways[..., 1]), np.float32)
