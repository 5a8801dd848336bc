"""Virtual cameras that film true motion: keypoints with the pose they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, gaussian_filter1d

from dance3d.contracts import Camera, Keypoints2D, MotionClip, Pose3D
from dance3d.geometry.projection import look_at, project
from dance3d.skeleton import H36M17

PROTOCOL_CAMERA = Camera(1145.0, (500.0, 500.0), (1000, 1000), assumed=False)
"""Intrinsics of the dance-lift protocol."""
_SIZES = ((1000, 1000), (1280, 720), (720, 1280), (1920, 1080), (1088, 1920))
_BODY = 1.75  # metres, the height that a random camera frames
_NEAREST = 1.0  # metres between a random camera and the dancer's path


@dataclass(frozen=True, eq=False)
class Filmed:
    """One take seen by one camera.

    Attributes:
        keypoints: what the camera saw.
        truth: the pose, with root, camera and up.
        name, group, genre: of the take.
        camera: number of the camera, from 0.
    """

    keypoints: Keypoints2D
    truth: Pose3D
    name: str
    group: str
    genre: str
    camera: int


def film(
    clips: Sequence[MotionClip],
    noise_px: float = 0.0,
    seed: int = 0,
    cameras: Literal["protocol", "random"] = "protocol",
    count: int = 4,
    missing: float = 0.0,
) -> list[Filmed]:
    """Film every take, in order of names, with every camera.

    Args:
        clips: world motion.
        noise_px: standard deviation of the keypoints' noise, pixels. Random cameras draw theirs up to it, for a person
            500 pixels tall, a random share of it slow; the protocol's is white and the same for all.
        seed: of the cameras and the noise.
        cameras: the four calibrated ones of the dance-lift protocol, or ``count`` random ones per take.
        count: random cameras per take.
        missing: share of keypoints that random cameras lose, in bursts; those outside the picture are lost too.

    Raises:
        ValueError: ``cameras`` is not known.
    """
    if cameras not in ("protocol", "random"):
        raise ValueError(f"cameras {cameras!r} are not known; choose from protocol, random")
    filmed = []
    for number, clip in enumerate(sorted(clips, key=lambda c: c.name)):
        rng = np.random.default_rng([seed, number])
        world = clip.xyz.astype(np.float64)
        if cameras == "protocol":
            views = [(PROTOCOL_CAMERA, extrinsics) for extrinsics in protocol_cameras(world, rng)]
        else:
            views = [random_camera(world, rng) for _ in range(count)]
        for index, (camera, extrinsics) in enumerate(views):
            xyz = world @ extrinsics[:, :3].T + extrinsics[:, 3]
            xy = np.asarray(project(xyz, camera.focal, np.array(camera.centre)), np.float64)
            seen = np.ones(xy.shape[:2], bool)
            tall = float(np.percentile(np.ptp(xy[..., 1], axis=1), 90))
            flaws = partial(_imperfect, camera=camera, tall=tall, noise_px=noise_px, missing=missing)
            if cameras == "random":
                xy, seen = flaws(xy, rng=rng)
            elif noise_px:
                xy = xy + rng.normal(0, noise_px, xy.shape)
            one = _filmed(clip, index, camera, extrinsics, xyz, xy, seen)
            if clip.extremities is not None:
                ends = clip.extremities.astype(np.float64) @ extrinsics[:, :3].T + extrinsics[:, 3]
                own = np.random.default_rng([seed, number, index])  # so that the joints' noise is the same without them
                at = np.asarray(project(ends, camera.focal, np.array(camera.centre)), np.float64)
                shown = np.asarray(np.isfinite(at).all(-1))
                if cameras == "random":
                    at, there = flaws(at, rng=own)
                    shown &= there
                else:
                    at = at + own.normal(0, noise_px, at.shape)
                one = _with_extremities(one, ends, np.where(shown[..., None], at, np.nan))
            filmed.append(one)
    return filmed


def protocol_cameras(xyz: NDArray[np.floating], rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """The dance-lift protocol's four cameras: (3, 4) world to camera, around the floor path of ``xyz`` (T, 17, 3).

    They stand at right angles, turned by a random angle, at least 3.5 m from the dancer, 1.2 to 1.9 m high.
    """
    root = xyz[:, H36M17.index("pelvis")].astype(np.float64)
    centre = (root.max(0) + root.min(0)) / 2
    reach = np.linalg.norm((root.max(0) - root.min(0))[[0, 2]]) / 2
    distance, turn = max(5.0, 3.5 + reach), rng.uniform(0, 90)
    out = []
    for azimuth, height in ((0, 1.6), (90, 1.2), (180, 1.9), (270, 1.4)):
        angle = np.deg2rad(azimuth + turn)
        eye = np.array([centre[0] + distance * np.cos(angle), height, centre[2] + distance * np.sin(angle)])
        out.append(look_at(eye, np.array([centre[0], 0.95, centre[2]])))
    return out


def random_camera(xyz: NDArray[np.floating], rng: np.random.Generator) -> tuple[Camera, NDArray[np.float64]]:
    """A camera such as people hold: any side, 0.3 to 2.5 m high, nearly level, the dancer 30 to 90 % of the picture.

    Returns:
        The camera and its (3, 4) world to camera matrix, metres.
    """
    size = _SIZES[rng.integers(len(_SIZES))]
    camera = Camera.from_field_of_view(rng.uniform(35, 75), size)
    camera = Camera(camera.focal, camera.centre, size, assumed=False)
    root = xyz[:, H36M17.index("pelvis")].astype(np.float64)
    centre = (root.max(0) + root.min(0)) / 2
    reach = np.linalg.norm((root.max(0) - root.min(0))[[0, 2]]) / 2
    distance = float(np.maximum(camera.focal * _BODY / (rng.uniform(0.3, 0.9) * size[1]), _NEAREST + reach))
    angle, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 2.5)
    eye = np.array([centre[0] + distance * np.cos(angle), height, centre[2] + distance * np.sin(angle)])
    aim = np.array([centre[0], rng.uniform(0.7, 1.2), centre[2]]) + rng.normal(0, 0.05 * distance, 3) * [1, 0, 1]
    roll = np.deg2rad(rng.normal(0, 2))
    tilt = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return camera, tilt @ look_at(eye, aim)


def _imperfect(
    xy: NDArray[np.float64], camera: Camera, tall: float, noise_px: float, missing: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Keypoints (T, J, 2) as a detector would give them, and which of them (T, J) it gave.

    Args:
        xy: (T, J, 2) pixels.
        camera: whose picture it is.
        tall: height of the body, pixels.
        noise_px: as of ``film``.
        missing: likewise.
        rng: of the noise.
    """
    sigma = rng.uniform(0, noise_px) * tall / 500
    slow = gaussian_filter1d(rng.normal(size=xy.shape), 5, axis=0, mode="nearest") * np.sqrt(2 * np.sqrt(np.pi) * 5)
    white = rng.uniform()  # share of the noise's power that changes from frame to frame
    xy = xy + sigma * (np.sqrt(white) * rng.normal(size=xy.shape) + np.sqrt(1 - white) * slow)
    burst = 9  # frames, the length of a loss
    lost = binary_dilation(rng.random(xy.shape[:2]) < missing / burst, np.ones((burst, 1), bool))
    inside = ((xy >= 0) & (xy < np.array(camera.size))).all(-1)
    return xy, inside & ~lost


def _with_extremities(one: Filmed, ends: NDArray[np.float64], at: NDArray[np.float64]) -> Filmed:
    """The film with extremities.

    Args:
        one: without them.
        ends: (T, 7, 3) metres, camera frame.
        at: (T, 7, 2) pixels, NaN where not seen.
    """
    assert one.truth.root is not None
    truth = replace(one.truth, extremities=(ends - one.truth.root[:, None]).astype(np.float32))
    return replace(one, truth=truth, keypoints=replace(one.keypoints, extremities=at.astype(np.float32)))


def _filmed(
    clip: MotionClip,
    index: int,
    camera: Camera,
    extrinsics: NDArray[np.float64],
    xyz: NDArray[np.float64],
    xy: NDArray[np.float64],
    seen: NDArray[np.bool_],
) -> Filmed:
    time = np.arange(len(xyz)) / clip.fps
    root = xyz[:, H36M17.index("pelvis")]
    up = extrinsics[:, 1] / np.linalg.norm(extrinsics[:, 1])  # the world's y in the camera frame
    frames = len(xyz)
    truth = Pose3D(
        xyz=(xyz - root[:, None]).astype(np.float32),
        measured=np.ones(frames, bool),
        error=np.zeros(frames, np.float32),
        time=time,
        root=root.astype(np.float32),
        camera=camera,
        scale="metric",
        up=up.astype(np.float32),
    )
    shown = np.where(seen[..., None], xy, np.nan).astype(np.float32)
    keypoints = Keypoints2D(xy=shown, score=seen.astype(np.float32), measured=seen, time=time, size=camera.size)
    return Filmed(keypoints, truth, clip.name, clip.group, clip.genre, index)
