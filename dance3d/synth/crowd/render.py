"""Filming a crowd: every dancer before and behind every other, in one lit room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Camera
from dance3d.io import artefacts
from dance3d.io.video.writer import VideoWriter
from dance3d.synth.appearance import random_light
from dance3d.synth.crop_renderer import scene_bodies, shade, solids_in_camera
from dance3d.synth.crowd.truth import Truth, truth
from dance3d.synth.crowd.world import Crowd
from dance3d.synth.raycast import Tracer
from dance3d.synth.render import LIGHT, empty_room, shadow, smooth_edges

Image = NDArray[np.uint8]
_WIDE = 2.0  # a turning camera's room is painted this many times as wide and high as the picture


def pictures(crowd: Crowd) -> Iterator[tuple[Image, NDArray[np.int16]]]:
    """Film a crowd, frame by frame.

    Yields:
        (H, W, 3) RGB picture and (H, W) number of the dancer that each pixel shows, from 1; 0 for the room.
    """
    rng = np.random.default_rng([crowd.seed, 61])
    light = replace(random_light(rng), towards=LIGHT.astype(float))  # the shadows on the floor are of that lamp
    camera, (width, height) = crowd.camera, crowd.camera.size
    turning = bool((crowd.E != crowd.E[0]).any())
    wide = _wider(camera) if turning else camera
    room = empty_room(wide, crowd.E[0], rng)
    everybody = scene_bodies(list(crowd.bodies), crowd.outfits) if len(crowd.people) else None
    for t, E in enumerate(crowd.E):
        picture = _turned(room, wide, camera, crowd.E[0], E) if turning else room.copy()
        number = np.full(width * height, -1, np.int16)
        who = np.zeros(width * height, np.int16)
        if everybody is not None:
            picture *= reduce(np.minimum, (shadow(body[t], camera, E) for body in crowd.people))[..., None]
            tracer = Tracer(solids_in_camera(everybody, t, E))
            hits = tracer.trace(camera)
            every = np.arange(len(hits.pixel))
            picture.reshape(-1, 3)[hits.pixel] = shade(everybody, tracer, hits, every, E[:, :3], camera, light)
            number[hits.pixel], who[hits.pixel] = hits.part, everybody.person[hits.part] + 1
        shape = (height, width)
        yield smooth_edges(picture, (number >= 0).reshape(shape), number.reshape(shape)), who.reshape(shape)


def film(crowd: Crowd, folder: Path) -> tuple[Path, Truth]:
    """Write ``video.mp4`` and, for every dancer, ``truth_1.npz``, ... (``Keypoints2D``) into a folder.

    Returns:
        Path of the video, and the truth.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, known = folder / "video.mp4", truth(crowd)
    with VideoWriter(path, crowd.camera.size, crowd.fps, crf=18) as video:
        for at, (picture, _) in zip(crowd.time, pictures(crowd), strict=True):
            video.write(picture, float(at))
    for track in known.keypoints():
        artefacts.save(track, folder / f"truth_{track.person}.npz")
    return path, known


def _wider(camera: Camera) -> Camera:
    width, height = (round(n * _WIDE) for n in camera.size)
    return Camera(camera.focal, (width / 2, height / 2), (width, height), assumed=False)


def _turned(
    room: NDArray[np.float32], wide: Camera, camera: Camera, first: NDArray[np.float64], now: NDArray[np.float64]
) -> NDArray[np.float32]:
    """The room as a camera sees it that has turned on its spot: a homography (Hartley & Zisserman, 8.4)."""
    lens, painted = (
        np.array([[c.focal, 0, c.centre[0]], [0, c.focal, c.centre[1]], [0, 0, 1]]) for c in (camera, wide)
    )
    H = lens @ now[:, :3] @ first[:, :3].T @ np.linalg.inv(painted)
    return np.asarray(cv2.warpPerspective(room, H, camera.size, borderMode=cv2.BORDER_REPLICATE), np.float32)
