"""MoveNet's nets in ONNX: one reads the joints of one person, the other finds up to six people.

Sources: Google, MoveNet SinglePose Lightning 4 and Thunder 4, MultiPose Lightning 1 (Apache-2.0).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dance3d.io.onnx_net import OnnxNet
from dance3d.io.video.pictures import Picture, picture_of
from dance3d.skeleton import COCO17
from dance3d.stages.keypoints.detectors.regions import Float, Image, Region
from dance3d.stages.keypoints.detectors.tiles import View

STRIDE = 32  # pixels: the finder takes pictures whose sides are multiples of it
JOINTS = len(COCO17.joints)
AGREED = 0.06  # chosen, of a region's side: joints of two readings that are nearer are averaged


class PoseReader:
    """Reads the joints of the person in the middle of a region: MoveNet lightning or thunder.

    Args:
        path: of the net.
        twice: read the mirrored region too, and average.
        threads: as of ``OnnxNet``.
    """

    def __init__(self, path: Path, twice: bool = False, threads: int | None = None) -> None:
        self._net, self._twice = OnnxNet(path, layout="NHWC", threads=threads), twice
        self._side = self._net.height

    def __call__(self, image: Image | Picture, region: Region) -> Float:
        """(17, 3) x and y in pixels of the picture, score 0..1."""
        square, matrix = cut(image, region, self._side)
        joints = self._joints(square)
        if self._twice:
            other = self._joints(square[:, ::-1])[COCO17.swap]
            other[:, 0] = self._side - other[:, 0]
            joints = _averaged(joints, other, AGREED * self._side)
        return np.concatenate([joints[:, :2] @ matrix[:, :2].T + matrix[:, 2], joints[:, 2:]], 1)

    def _joints(self, square: Image) -> Float:
        """(17, 3) x and y in pixels of the square, score."""
        (found,) = self._net(square[None])
        rows = np.asarray(found, np.float64).reshape(JOINTS, 3)
        return np.concatenate([rows[:, 1::-1] * self._side, rows[:, 2:]], 1)


class PeopleFinder:
    """Finds up to six people with their joints in a view of a picture: MoveNet multipose.

    Args:
        path: of the net.
        longest: pixels of the view's longer side as the net sees it, a multiple of ``STRIDE`` from 256 to 512.
        threads: as of ``OnnxNet``.
    """

    def __init__(self, path: Path, longest: int, threads: int | None = None) -> None:
        self._net, self._longest = OnnxNet(path, layout="NHWC", any_size=True, threads=threads), longest

    def __call__(self, image: Image | Picture, view: View, least: float) -> list[tuple[float, Float]]:
        """Find people.

        Args:
            image: (H, W, 3) RGB, or one that gives its parts.
            view: its rows and columns to look at.
            least: score of the people to give.

        Returns:
            Score 0..1 and (17, 3) joints of each: x and y in pixels of the picture, score 0..1.
        """
        rows, columns = view
        high, wide = rows.stop - rows.start, columns.stop - columns.start
        scale = self._longest / max(high, wide)
        size = max(round(wide * scale), 1), max(round(high * scale), 1)
        canvas = np.zeros((1, -(-size[1] // STRIDE) * STRIDE, -(-size[0] // STRIDE) * STRIDE, 3), np.uint8)
        corner = np.array([columns.start, rows.start])
        place = np.array([[wide / size[0], 0, corner[0]], [0, high / size[1], corner[1]]])
        canvas[0, : size[1], : size[0]] = picture_of(image).crop(place, size)
        (found,) = self._net(canvas)
        sides = np.array([canvas.shape[2] / size[0] * wide, canvas.shape[1] / size[1] * high])
        people = []
        for row in np.asarray(found, np.float64)[0]:
            if row[-1] >= least:
                joints = row[: 3 * JOINTS].reshape(JOINTS, 3)
                people.append((float(row[-1]), np.concatenate([joints[:, 1::-1] * sides + corner, joints[:, 2:]], 1)))
        return people


def _averaged(one: Float, other: Float, near: float) -> Float:
    """One reading of two.

    Args:
        one: (17, 3) x, y, score.
        other: likewise.
        near: pixels within which two joints agree.

    Returns:
        (17, 3) the mean of joints that agree, weighted by score, else the surer one.
    """
    weight = one[:, 2:] / np.maximum(one[:, 2:] + other[:, 2:], 1e-9)
    agree = np.linalg.norm(one[:, :2] - other[:, :2], axis=1) < near
    weight = np.where(agree[:, None], weight, weight > 0.5)
    return np.asarray(weight * one + (1 - weight) * other)


def cut(image: Image | Picture, region: Region, side: int) -> tuple[Image, Float]:
    """A region as an upright square picture, black beyond the edges, and its place.

    Args:
        image: (H, W, 3) RGB, or one that gives its parts.
        region: to cut out.
        side: pixels of the square.

    Returns:
        The square (side, side, 3); and the (2, 3) affine map from it to the picture.
    """
    matrix = region.matrix(side)
    return picture_of(image).crop(matrix, (side, side)), matrix
