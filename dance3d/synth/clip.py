"""A filmed dance with everything known: the video, and the truth beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Camera, Keypoints2D, Masks, MotionClip, Pose3D
from dance3d.geometry.camera_settings import ASSUMED_FIELD_OF_VIEW
from dance3d.geometry.projection import look_at, project
from dance3d.io import artefacts
from dance3d.io.video.writer import VideoWriter
from dance3d.masks.geodesic import distance_map
from dance3d.skeleton import H36M17
from dance3d.synth.choreography import choreograph
from dance3d.synth.render import render


@dataclass(frozen=True, eq=False)
class SyntheticClip:
    """Where the files of a filmed dance lie, and what they hold.

    Attributes:
        video: ``video.mp4``.
        truth: the true pose in the camera frame (``truth.npz``).
        keypoints: its projection (``keypoints.npz``), every joint, seen or hidden.
        masks: where the dancer is (``masks.npz``), smaller than the video by ``Masks``' own size.
        clip: the motion in the world.
        E: (3, 4) world to camera, metres.
    """

    video: Path
    truth: Pose3D
    keypoints: Keypoints2D
    masks: Masks
    clip: MotionClip
    E: NDArray[np.float64]


def place_camera(clip: MotionClip, camera: Camera, seed: int) -> NDArray[np.float64]:
    """A level camera before the dancer, up to 50 degrees to the side, as near as the whole dance fits the picture.

    Args:
        clip: the motion.
        camera: lens and picture.
        seed: of the direction and the height, which is 0.9 to 1.8 m. The ranges are chosen.

    Returns:
        (3, 4) world to camera, metres.
    """
    rng = np.random.default_rng([seed, 77])
    angle, height = np.deg2rad(rng.uniform(-50, 50)), rng.uniform(0.9, 1.8)
    low, high = clip.xyz.min((0, 1)), clip.xyz.max((0, 1))
    middle = np.array([(low[0] + high[0]) / 2, 0.52 * high[1], (low[2] + high[2]) / 2])
    for distance in np.arange(2.2, 15, 0.1):
        eye = middle + distance * np.array([np.sin(angle), 0, np.cos(angle)])
        E = look_at(np.array([eye[0], height, eye[2]]), middle)
        points = clip.xyz @ E[:, :3].T + E[:, 3]
        if points[..., 2].min() < 0.8:
            continue
        xy = project(points, camera.focal, np.array(camera.centre))
        margin = 0.16 * camera.focal / points[..., 2].min()  # hands, hair and shoes reach past the joints
        if xy.min() >= margin and (xy.max((0, 1)) <= np.array(camera.size) - margin).all():
            break
    return E


def film_truth(
    clip: MotionClip, camera: Camera, E: NDArray[np.floating], time: NDArray[np.float64]
) -> tuple[Pose3D, Keypoints2D]:
    """The true pose in the camera frame and its keypoints.

    Args:
        clip: the motion, T frames.
        camera: pinhole camera.
        E: (3, 4) world to camera, metres.
        time: (T,) seconds.
    """
    points = clip.xyz @ E[:, :3].T + E[:, 3]
    frames, joints = points.shape[:2]
    root = points[:, H36M17.index("pelvis")]
    pose = Pose3D(
        xyz=points - root[:, None],
        measured=np.ones(frames),
        error=np.zeros(frames),
        time=time,
        root=root,
        camera=camera,
        scale="metric",
        up=E[:, 1],
    )
    xy = project(points, camera.focal, np.array(camera.centre))
    ones = np.ones((frames, joints))
    return pose, Keypoints2D(xy=xy, score=ones, measured=ones, time=time, size=camera.size)


def _resample(clip: MotionClip, fps: float) -> MotionClip:
    """The same motion at another frame rate, linear between frames."""
    if fps == clip.fps:
        return clip
    at = np.arange(round(len(clip.xyz) * fps / clip.fps)) * clip.fps / fps
    at = np.minimum(at, len(clip.xyz) - 1)
    before = np.floor(at).astype(int)
    after = np.minimum(before + 1, len(clip.xyz) - 1)
    share = (at - before)[:, None, None]
    xyz, ends = (
        None if part is None else (1 - share) * part[before] + share * part[after]
        for part in (clip.xyz, clip.extremities)
    )
    return MotionClip(xyz, fps, clip.name, clip.group, clip.genre, extremities=ends)  # type: ignore[arg-type]


def write_scene(
    out: Path,
    genre: str,
    seconds: float,
    seed: int,
    size: tuple[int, int] = (640, 480),
    fps: float = 30.0,
    shrink: int = 4,
) -> SyntheticClip:
    """Invent a dance, film it, and write video and truth into a folder.

    Args:
        out: the folder, made if it is not there.
        genre: one of ``choreography.GENRES``.
        seconds: length.
        seed: fixes dance, dancer, clothes, room and camera.
        size: (width, height) of the video, pixels.
        fps: frames per second.
        shrink: the masks are stored smaller than the video by this factor.

    Raises:
        ValueError: unknown genre, or a size, rate or length that is not positive.
    """
    if min(size) < 32 or not fps > 0 or shrink < 1:
        raise ValueError(
            f"cannot film {size[0]}x{size[1]} px at {fps} frames/s, masks 1/{shrink}; expected 32 px or more"
        )
    clip = _resample(choreograph(genre, seconds, seed), fps)
    guess = Camera.from_field_of_view(ASSUMED_FIELD_OF_VIEW, size)
    camera = Camera(guess.focal, guess.centre, size, assumed=False)
    E = place_camera(clip, camera, seed)
    time = np.arange(len(clip.xyz)) / fps
    out.mkdir(parents=True, exist_ok=True)
    masks, small = [], (max(1, size[0] // shrink), max(1, size[1] // shrink))
    with VideoWriter(out / "video.mp4", size, fps, crf=18) as video:
        for at, (picture, mask) in zip(time, render(clip, camera, E, seed), strict=True):
            video.write(picture, float(at))
            masks.append(cv2.resize(mask.astype(np.float32), small, interpolation=cv2.INTER_AREA) > 0.5)
    truth, keypoints = film_truth(clip, camera, E, time)
    stack = np.stack(masks)
    found = Masks(mask=stack, time=time, distance=np.stack([distance_map(m) for m in stack]))
    artefacts.save(truth, out / "truth.npz")
    artefacts.save(keypoints, out / "keypoints.npz")
    artefacts.save(found, out / "masks.npz")
    return SyntheticClip(out / "video.mp4", truth, keypoints, found, clip, E)
