"""One person seen by one camera, rendered directly into the crop that would be cut out of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Camera
from dance3d.contracts.camera import Lens
from dance3d.datasets.crop import MARGIN, Crop, towards
from dance3d.synth.appearance import Backdrop, Light, Outfit, pattern_waves, random_colour, render_backdrop
from dance3d.synth.body import Parts, body_parts
from dance3d.synth.raycast import Hits, Solids, Tracer, bounds, dot

Double = NDArray[np.float64]
Array = NDArray[np.float32]
Mask = NDArray[np.bool_]
SEEN = 0.4
"""Least share of a person's outline that others must leave: less is no picture of that person."""
_OFF = 0.02  # of the crop's side: a mask's box further off than this moves the crop
_FINE = 128  # pixels that a small crop is traced at, so that edges are averages


@dataclass(frozen=True, eq=False)
class SceneBodies:
    """Everything in a scene: bodies and things that stand before them.

    Attributes:
        parts: of all, over T frames.
        person: (N,) number of the person of each part; -1 for things.
        ink: (N, 3) second colour.
        waves: (N, 2) of the pattern, as ``Outfit``.
    """

    parts: Parts
    person: NDArray[np.int64]
    ink: Double
    waves: Double


@dataclass(frozen=True, eq=False)
class CropScene:
    """Light and background, and how bad pictures and masks are.

    Attributes:
        light: of the scene.
        backdrop: of the scene.
        blur: standard deviation, share of the crop's side.
        noise: standard deviation of a pixel, 0..1.
        flaws: share of masks with ragged edges, holes and spots.
    """

    light: Light
    backdrop: Backdrop
    blur: float
    noise: float
    flaws: float


def scene_bodies(people: Sequence[NDArray[np.floating]], outfits: Sequence[Outfit]) -> SceneBodies:
    """The bodies of people, (T, 17 or 24, 3) metres as of ``body_parts``, in their common world, with their outfits."""
    dressed = [body_parts(xyz, outfit.look) for xyz, outfit in zip(people, outfits, strict=True)]
    person = np.repeat(np.arange(len(people)), [len(p.flat) for p in dressed])
    second = np.stack([outfit.ink for outfit in outfits])[person]
    waves = np.concatenate([pattern_waves(p, outfit) for p, outfit in zip(dressed, outfits, strict=True)])
    return SceneBodies(_together(dressed), person, second, waves)


def _together(parts: Sequence[Parts]) -> Parts:
    moving = (np.concatenate([getattr(p, name) for p in parts], 1) for name in ("a", "b", "axis"))
    names = ("radius_a", "radius_b", "flat", "colour", "shine")
    return Parts(*moving, *(np.concatenate([getattr(p, name) for p in parts]) for name in names))


def add_occluder(bodies: SceneBodies, frame: int, target: Double, eye: Double, rng: np.random.Generator) -> SceneBodies:
    """One frame with a pillar or a blob between a camera and what it hides.

    Args:
        bodies: the scene.
        frame: row of the scene.
        target: (3,) what is hidden, metres, world.
        eye: (3,) the camera, metres, world.
        rng: of size, place and colour, whose ranges are chosen.
    """
    share = rng.uniform(0.35, 0.8)
    middle, size = eye + share * (target - eye), share * rng.uniform(0.05, 0.16)
    way = np.array([0.0, 1.0, 0.0]) if rng.random() < 0.5 else rng.normal(size=3)
    half = way / np.linalg.norm(way) * (3.0 if way[1] == 1 else share * rng.uniform(0.05, 0.5))
    ends = ((middle - half)[None, None], (middle + half)[None, None])
    axis = np.cross(half, rng.normal(size=3))
    axis /= np.linalg.norm(axis)
    radius, flat = np.full(1, size), np.full(1, rng.uniform(0.5, 1.0))
    thing = Parts(*ends, axis[None, None], radius, radius, flat, random_colour(rng)[None], np.full(1, 0.1))
    now = replace(bodies.parts, **{name: getattr(bodies.parts, name)[frame : frame + 1] for name in ("a", "b", "axis")})
    return SceneBodies(
        _together([now, thing]),
        np.append(bodies.person, -1),
        np.concatenate([bodies.ink, random_colour(rng)[None]]),
        np.concatenate([bodies.waves, rng.uniform(0, 40, (1, 2))]),
    )


def render_crop(
    bodies: SceneBodies, frame: int, who: int, E: Double, scene: CropScene, size: int, rng: np.random.Generator
) -> Crop | None:
    """Draw one person's crop.

    Args:
        bodies: who and what is there.
        frame: row of the scene.
        who: number of the person.
        E: (3, 4) world to camera, metres.
        scene: light, background and flaws.
        size: of the crop, pixels.
        rng: of background and flaws.

    Returns:
        The crop that ``datasets.crop.cut`` would cut out of a large picture; None where too little of the person shows.
    """
    solids, own = solids_in_camera(bodies, frame, E), bodies.person == who
    low, high = (edge[own] for edge in bounds(solids))
    if not np.isfinite(low).all():
        return None
    box = low.min(0), high.max(0)
    fine = size * max(1, round(_FINE / size))
    lens = Lens(np.eye(3), E, np.zeros(0))
    turn, tracer, camera, hits, front, seen = _look(solids, own, box, lens, fine)
    whole = hits.pixel < fine * fine  # the first layer is the person's, hidden or not
    if seen.sum() < max(SEEN * whole.sum(), 1):
        return None
    if seen.sum() < whole.sum() and (moved := _moved(seen, box, turn, camera)) is not None:
        turn, tracer, camera, hits, front, seen = _look(solids, own, moved, lens, fine)
    focal = camera.focal * size / fine
    colour, there = np.zeros((fine * fine, 3), np.float32), np.zeros(fine * fine, np.float32)
    pixel = hits.pixel[front] % (fine * fine)
    colour[pixel] = shade(bodies, tracer, hits, front, turn @ E[:, :3], camera, scene.light)
    there[pixel] = 1
    eye = -E[:, :3].T @ E[:, 3]
    alpha = _shrink(there.reshape(fine, fine, 1), size)
    picture = _shrink(colour.reshape(fine, fine, 3), size)
    picture += (1 - alpha) * render_backdrop(scene.backdrop, turn @ E[:, :3], eye, focal, size, rng)
    share = _shrink(seen.astype(np.float32).reshape(fine, fine, 1), size)[..., 0]
    mask = _mask(share, scene.flaws, rng)
    image = _develop(picture, scene, rng)
    return Crop(image, mask, focal, turn @ E, turn) if mask.any() else None


def solids_in_camera(bodies: SceneBodies, frame: int, E: Double) -> Solids:
    """All parts of a frame, in the frame of a camera.

    Args:
        bodies: the scene.
        frame: row of the scene.
        E: (3, 4) world to camera, metres.
    """
    parts, turn = bodies.parts, E[:, :3].T
    ends = (parts.a[frame] @ turn + E[:, 3], parts.b[frame] @ turn + E[:, 3])
    return Solids(*ends, parts.axis[frame] @ turn, parts.radius_a, parts.radius_b, parts.flat)


def _look(
    solids: Solids, own: Mask, box: tuple[Double, Double], lens: Lens, size: int
) -> tuple[Double, Tracer, Camera, Hits, NDArray[np.int64], Mask]:
    """Turn to a box of tangents: the turn and the camera, what the rays meet, which hits are in front, whose pixels."""
    low, high = box
    turn, focal = towards((low + high) / 2, MARGIN * float((high - low).max()), lens, size)
    turned = replace(solids, **{name: getattr(solids, name) @ turn.T for name in ("a", "b", "axis")})
    tracer = Tracer(turned)
    camera = Camera(focal, (size / 2, size / 2), (size, size), assumed=False)
    hits = tracer.trace(camera, (~own).astype(np.int64))
    depth = np.full(2 * size * size, np.inf, np.float32)
    depth[hits.pixel] = hits.depth
    other = depth[(hits.pixel + size * size) % len(depth)]
    front = np.flatnonzero((hits.depth < other) | ((hits.depth == other) & (hits.pixel < size * size)))
    seen = np.zeros(size * size, bool)
    seen[hits.pixel[front][hits.pixel[front] < size * size]] = True
    return turn, tracer, camera, hits, front, seen


def _moved(seen: Mask, box: tuple[Double, Double], turn: Double, camera: Camera) -> tuple[Double, Double] | None:
    """Box of the pixels that are seen, tangents of the picture; None where it is the box that was looked at."""
    x, y = Tracer.rays(*np.divmod(np.flatnonzero(seen), camera.size[0]), camera)
    rays = np.stack([x, y, np.ones_like(x)], -1) @ turn
    tangent = rays[:, :2] / rays[:, 2:]
    low, high = tangent.min(0) - 0.5 / camera.focal, tangent.max(0) + 0.5 / camera.focal
    side = MARGIN * float((box[1] - box[0]).max())
    off = max(np.abs(low + high - box[0] - box[1]).max() / 2, abs(float((high - low).max()) * MARGIN - side))
    return (low, high) if off > _OFF * side else None


def shade(
    bodies: SceneBodies,
    tracer: Tracer,
    hits: Hits,
    front: NDArray[np.int64],
    rotation: Double,
    camera: Camera,
    light: Light,
) -> Array:
    """Colours of the hits in front: diffuse light of cloth, lamp and sky, and a highlight (Blinn 1977).

    Args:
        bodies: the scene.
        tracer: of its parts.
        hits: of the tracer.
        front: (P,) rows of the hits that are in front.
        rotation: (3, 3) world to camera.
        camera: that the rays belong to.
        light: of the scene.

    Returns:
        (P, 3) RGB 0..1.
    """
    part, depth = hits.part[front], hits.depth[front]
    wide, tall = camera.size
    x, y = tracer.rays(*np.divmod(hits.pixel[front] % (wide * tall), wide), camera)
    ray = np.stack([x, y, np.ones_like(x)], -1)
    normal, cloth = tracer.surface(part, ray * depth[:, None])
    lamp, up = (rotation @ light.towards).astype(np.float32), rotation[:, 1].astype(np.float32)
    colour = bodies.parts.colour.astype(np.float32)[part]
    wave = bodies.waves.astype(np.float32)[part]
    printed = np.flatnonzero(wave.any(1))
    other = np.cos(wave[printed] * cloth[printed]).prod(1) < 0
    colour[printed[other]] = bodies.ink.astype(np.float32)[part[printed[other]]]
    half = (lamp - ray / np.sqrt(dot(ray, ray))[:, None]).astype(np.float32)
    gleam = np.clip(dot(normal, half) / np.sqrt(dot(half, half)), 0, 1).astype(np.float32)
    for _ in range(4):
        gleam = gleam * gleam
    gloss = bodies.parts.shine.astype(np.float32)[part] * gleam
    direct = np.clip(0.2 + 0.8 * (normal @ lamp), 0, 1)[:, None] * light.colour.astype(np.float32)
    around = (1 + np.float32(light.sky) * (normal @ up))[:, None] * light.ambient.astype(np.float32)
    return np.asarray(np.clip(colour * (direct + around) + gloss[:, None], 0, 1), np.float32)


def _shrink(fine: Array, size: int) -> Array:
    """(S, S, C) averages of (kS, kS, C)."""
    small = cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(small.reshape(size, size, -1), np.float32)


def _mask(share: Array, flaws: float, rng: np.random.Generator) -> Mask:
    """(S, S) true on the person, from each pixel's share of it; some as a segmenter that errs would give it."""
    if rng.random() >= flaws:
        return share >= 0.5
    size, ragged = len(share), rng.uniform(0.2, 1.2)
    coarse = rng.normal(size=(rng.integers(6, 25),) * 2).astype(np.float32)
    field = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(share, (0, 0), rng.uniform(0.005, 0.014) * size)
    mask = soft + 0.25 * ragged * field * (4 * soft * (1 - soft) + 0.05) >= rng.uniform(0.4, 0.6)
    rows, columns = np.nonzero(share >= 0.5)
    at = np.arange(size)
    for _ in range(rng.integers(0, 3)):  # holes in the person, or pieces of the background beside it
        n, hole = rng.integers(len(rows)), rng.random() < 0.6
        wide, tall = rng.uniform(0.015, 0.05, 2) * size
        spot = ((at[None] - columns[n]) / wide) ** 2 + ((at[:, None] - rows[n]) / tall) ** 2 < 1
        mask = mask & ~spot if hole else mask | spot
    return np.asarray(mask)


def _develop(picture: Array, scene: CropScene, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Eight bits, blurred and noisy."""
    if scene.blur > 0:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), max(scene.blur * len(picture), 0.2)), np.float32)
    grain = rng.standard_normal(picture.shape, np.float32) * np.float32(scene.noise)
    return np.asarray(np.rint(np.clip(picture + grain, 0, 1) * 255), np.uint8)
