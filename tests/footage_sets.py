"""Tiny made-up footage in the layouts of real sets: one figure, drawn where cameras see it; several tests share it."""

import av
import cv2
import numpy as np

from dance3d.geometry.projection import look_at
from dance3d.skeleton import H36M17

SIZE = 96
MATRIX = np.array([[114.0, 0, 49], [0, 115.0, 47], [0, 0, 1]])
EYES = np.array([[4.0, 1.4, 0.3], [0.5, 1.5, 4.0], [-4.0, 1.3, 0.5], [0.4, 1.2, -4.0], [3.0, 1.5, 3.0]])
EXTRINSICS = np.stack([look_at(eye, np.array([0.0, 1.0, 0.0])) for eye in EYES])
"""Five cameras around the origin, y up, metres."""


def body(frame=0):
    """(17, 3) metres: a standing figure, its arms unequal, that walks a little with every frame."""
    at = {
        "pelvis": (0, 1, 0), "spine": (0, 1.25, 0), "thorax": (0, 1.5, 0), "nose": (0, 1.65, 0.05), "head": (0, 1.8, 0),
        **{f"{side}_{joint}": (sign * x, y, z) for side, sign in (("left", 1), ("right", -1)) for joint, x, y, z in (
            ("hip", 0.13, 1, 0), ("knee", 0.16, 0.55, 0.05), ("ankle", 0.18, 0.1, 0), ("shoulder", 0.2, 1.45, 0),
            ("elbow", 0.3, 1.2, 0.05), ("wrist", 0.35, 1.0 + 0.3 * (sign > 0), 0.1),
        )},
    }  # fmt: skip
    return np.array([at[joint] for joint in H36M17.joints]) + np.array([0.05 * frame, 0, 0.02 * frame])


def pixels(points, extrinsics, matrix=MATRIX, distortion=None):
    """(..., 2) pixels of points (..., 3), by OpenCV, counted from the picture's corner."""
    flat, _ = cv2.projectPoints(
        points.reshape(-1, 3), cv2.Rodrigues(extrinsics[:, :3])[0], extrinsics[:, 3], matrix, distortion
    )
    return flat.reshape(*points.shape[:-1], 2)


def draw(extrinsics, frame=0, matrix=MATRIX, distortion=None, width=6):
    """(S, S) bool: the figure's bones, thick."""
    xy = pixels(body(frame), extrinsics, matrix, distortion)
    canvas = np.zeros((SIZE, SIZE), np.uint8)
    for start, end in H36M17.bones:
        cv2.line(canvas, *(tuple(int(v) for v in np.floor(xy[i])) for i in (start, end)), 255, width)
    return canvas > 0


def photo(mask):
    """(S, S, 3) RGB: orange where the mask is, blue elsewhere."""
    return np.where(mask[..., None], np.uint8([220, 140, 60]), np.uint8([30, 60, 160])).astype(np.uint8)


def write_video(path, pictures):
    """A small video of pictures (H, W, 3), RGB, nearly without loss; the suffix says which container."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264" if path.suffix == ".mp4" else "mpeg4", rate=25)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 8_000_000
        stream.codec_context.thread_count = 1
        for picture in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        out.mux(stream.encode())


def grey(mask):
    """(H, W, 3) picture of a mask, white where it is true."""
    return np.repeat(np.where(mask, 255, 0).astype(np.uint8)[..., None], 3, -1)


def overlap(a, b):
    """Intersection over union."""
    return (a & b).sum() / (a | b).sum()
