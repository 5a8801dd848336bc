"""Samples of real data sets, as mmpose's tests hold them: research licences, so nothing of them is in this project."""

import cv2
import numpy as np
import pytest

from dance3d.io.safe_pickle import unpickled


def samples_in(data_dir, name):
    """The folder of a data set's samples; the test is skipped where there are none."""
    folder = data_dir / "benchmarks" / name
    if not folder.is_dir():
        pytest.skip(f"no samples of {name} here")
    return folder


def pickled(path):
    """What a pickle of plain data holds."""
    return unpickled(path.read_bytes(), path)


def projected(world, lens):
    """(N, 3) metres to pixels."""
    turn = cv2.Rodrigues(lens.extrinsics[:, :3])[0]
    return cv2.projectPoints(np.ascontiguousarray(world), turn, lens.extrinsics[:, 3], lens.matrix, lens.distortion)[0][
        :, 0
    ]


def in_world(points, lens):
    """(N, 3) metres of the camera's frame in the world's."""
    return (points - lens.extrinsics[:, 3]) @ lens.extrinsics[:, :3]
