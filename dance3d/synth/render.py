"""A software renderer for the synthetic dancer: rays against tapered capsules, a depth buffer, one light, a room."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Camera, MotionClip
from dance3d.skeleton import H36M17
from dance3d.synth.body import Parts, body_parts, random_look
from dance3d.synth.raycast import NEAR, Solids, Tracer

Array = NDArray[np.float32]
Image = NDArray[np.uint8]
LIGHT = np.array([0.45, 0.80, 0.40], np.float32) / np.float32(np.sqrt(0.45**2 + 0.8**2 + 0.4**2))  # towards it, world


def render(
    clip: MotionClip, camera: Camera, E: NDArray[np.floating], seed: int
) -> Iterator[tuple[Image, NDArray[np.bool_]]]:
    """Film a dancer, frame by frame.

    Args:
        clip: the motion, world frame.
        camera: pinhole camera.
        E: (3, 4) world to camera, metres, as ``geometry.projection.look_at`` gives.
        seed: fixes clothes and room.

    Yields:
        (H, W, 3) RGB picture and (H, W) mask, true on the dancer.

    Raises:
        ValueError: ``E`` is not (3, 4).
    """
    E = np.asarray(E, float)
    if E.shape != (3, 4):
        raise ValueError(f"world-to-camera matrix has shape {E.shape}, expected (3, 4)")
    rng = np.random.default_rng([seed, 99])
    parts = body_parts(clip.xyz, random_look(rng))
    room = empty_room(camera, E, rng)
    rows, columns = np.arange(camera.size[1]), np.arange(camera.size[0])
    # Ray directions (x, y, 1) through pixel centres.
    rays = (
        ((columns + 0.5 - camera.centre[0]) / camera.focal).astype(np.float32),
        ((rows + 0.5 - camera.centre[1]) / camera.focal).astype(np.float32),
    )
    for t in range(len(clip.xyz)):
        normal, number = _trace(parts, t, camera, E, rays)
        mask = number >= 0
        picture = room * shadow(clip.xyz[t], camera, E)[..., None]
        _shade(picture, mask, normal, number, parts, E, rays)
        yield smooth_edges(picture, mask, number), mask


def _trace(
    parts: Parts, t: int, camera: Camera, E: NDArray[np.floating], rays: tuple[Array, Array]
) -> tuple[Array, NDArray[np.int16]]:
    """Nearest part along every ray: normals (H, W, 3) in the camera frame and part numbers (H, W), -1 for none."""
    turn, (width, height) = E[:, :3].T, camera.size
    ends = (parts.a[t] @ turn + E[:, 3], parts.b[t] @ turn + E[:, 3])
    tracer = Tracer(Solids(*ends, parts.axis[t] @ turn, parts.radius_a, parts.radius_b, parts.flat))
    hits = tracer.trace(camera)
    rows, columns = np.divmod(hits.pixel, width)
    points = np.stack([rays[0][columns] * hits.depth, rays[1][rows] * hits.depth, hits.depth], -1)
    normal = np.zeros((height, width, 3), np.float32)
    number = np.full((height, width), -1, np.int16)
    normal[rows, columns] = tracer.surface(hits.part, points)[0]
    number[rows, columns] = hits.part
    return normal, number


def _shade(
    picture: Array,
    mask: NDArray[np.bool_],
    normal: Array,
    number: NDArray[np.int16],
    parts: Parts,
    E: NDArray[np.floating],
    rays: tuple[Array, Array],
) -> None:
    """Light the dancer's pixels in place: sun, sky, bounce from the floor and a highlight (Blinn 1977)."""
    rows, columns = np.nonzero(mask)
    n, part = normal[rows, columns], number[rows, columns]
    sun, up = (E[:, :3] @ LIGHT).astype(np.float32), E[:, 1].astype(np.float32)
    ray = np.stack([rays[0][columns], rays[1][rows], np.ones(len(rows), np.float32)], -1)
    ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
    facing = n @ sun
    diffuse = np.clip(0.25 + 0.75 * facing, 0, 1)
    half = sun - ray
    half /= np.linalg.norm(half, axis=-1, keepdims=True)
    gloss = parts.shine[part].astype(np.float32) * np.clip((n * half).sum(-1), 0, 1) ** 24
    rim = 0.10 * (1 + (n * ray).sum(-1)) ** 3
    light = 0.34 + 0.14 * (n @ up) + 0.62 * diffuse
    colour = parts.colour.astype(np.float32)[part] * (light + rim)[:, None] + gloss[:, None]
    picture[rows, columns] = np.clip(colour, 0, 1)


def smooth_edges(picture: Array, mask: NDArray[np.bool_], number: NDArray[np.int16]) -> Image:
    """Convert to eight bits, with edges between parts averaged over their neighbours.

    Args:
        picture: (H, W, 3) RGB 0..1.
        mask: (H, W) true on the dancer.
        number: (H, W) number of the part in each pixel, -1 for none.

    Returns:
        (H, W, 3) RGB 0..255.
    """
    out = np.rint(picture * 255).astype(np.uint8)
    edge = np.zeros_like(mask)
    across, down = number[:, 1:] != number[:, :-1], number[1:] != number[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    soft = np.asarray(cv2.GaussianBlur(out, (3, 3), 0.75), np.uint8)
    return np.where(edge[..., None], soft, out)


def shadow(joints: NDArray[np.floating], camera: Camera, E: NDArray[np.floating]) -> Array:
    """Share of light left on the room: the soft shadow of the bones on the floor.

    Args:
        joints: (17, 3) metres, world.
        camera: pinhole camera.
        E: (3, 4) world to camera, metres.

    Returns:
        (H, W) 0..1.
    """
    width, height = (n // 4 + 1 for n in camera.size)
    ground = joints - joints[:, 1:2] / LIGHT[1] * LIGHT
    at = ground @ E[:, :3].T + E[:, 3]
    dark: Image = np.zeros((height, width), np.uint8)
    if (at[:, 2] > NEAR).all():
        points = np.rint((at[:, :2] / at[:, 2:] * camera.focal + camera.centre) / 4 * 16).astype(np.int64)
        points = np.clip(points, -(1 << 20), 1 << 20).astype(int)
        thick = max(1, round(0.13 * camera.focal / float(at[:, 2].mean()) / 4))
        for one, other in H36M17.bones:
            ends = [tuple(int(v) for v in points[i]) for i in (one, other)]
            cv2.line(dark, ends[0], ends[1], 130, thick, cv2.LINE_AA, 4)
        dark = np.asarray(cv2.GaussianBlur(dark, (0, 0), 1.2), np.uint8)
    large = cv2.resize(dark, (width * 4, height * 4), interpolation=cv2.INTER_LINEAR)
    return (1 - large[: camera.size[1], : camera.size[0]] / np.float32(255)).astype(np.float32)


def empty_room(camera: Camera, E: NDArray[np.floating], rng: np.random.Generator) -> Array:
    """The empty room: a plank floor, and a wall 3 m behind the origin with a skirting board.

    Args:
        camera: pinhole camera.
        E: (3, 4) world to camera, metres.
        rng: of colours and planks. All sizes and colours are chosen.

    Returns:
        (H, W, 3) RGB 0..1.
    """
    eye = -E[:, :3].T @ E[:, 3]
    u, v = np.meshgrid(np.arange(camera.size[0]) + 0.5, np.arange(camera.size[1]) + 0.5)
    rays = np.stack([(u - camera.centre[0]) / camera.focal, (v - camera.centre[1]) / camera.focal, np.ones_like(u)], -1)
    rays = rays @ E[:, :3]
    wood = np.array([0.62, 0.47, 0.33]) * rng.uniform(0.7, 1.15) + rng.normal(0, 0.02, 3)
    paint = rng.uniform(0.55, 0.85) + rng.uniform(-0.08, 0.08, 3)
    ahead = np.array([E[2, 0], 0, E[2, 2]]) / np.hypot(E[2, 0], E[2, 2])
    distance = float(np.hypot(eye[0], eye[2])) + 3.0  # the wall stands 3 m behind the origin
    to_wall = distance / np.maximum(rays @ ahead, 1e-6)
    to_floor = np.where(rays[..., 1] < 0, -eye[1] / np.minimum(rays[..., 1], -1e-6), np.inf)
    point = eye + rays * np.minimum(to_floor, to_wall)[..., None]
    board = np.floor(point[..., 0] / 0.14).astype(int)
    shift = rng.uniform(0, 1, 997)
    piece = np.floor(point[..., 2] / 1.4 + shift[board % 997]).astype(int)
    tone = 0.90 + 0.16 * rng.uniform(0, 1, (997, 991))[board % 997, piece % 991]
    gap = np.abs(point[..., 0] / 0.14 - board - 0.5) > 0.48
    light = np.exp(-0.03 * ((point - [0, 0, 0]) ** 2)[..., [0, 2]].sum(-1))
    floor = wood * (tone * np.where(gap, 0.82, 1.0) * (0.75 + 0.3 * light))[..., None]
    fade = 0.86 + 0.10 * np.clip(point[..., 1] / 3, 0, 1)
    wall = paint * fade[..., None]
    wall = np.where((point[..., 1] < 0.10)[..., None], 0.93 * np.clip(paint + 0.12, 0, 1), wall)
    room = np.where((to_floor < to_wall)[..., None], floor, wall)
    return np.asarray(cv2.GaussianBlur(np.clip(room, 0, 1).astype(np.float32), (3, 3), 0.6))
