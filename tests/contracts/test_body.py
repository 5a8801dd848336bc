"""Keypoints and poses check themselves when they are made."""

import numpy as np
import pytest

from dance3d.contracts import Crossing, Keypoints2D, Pose3D

TIME = np.arange(3) / 30
KEYPOINTS = {
    "xy": np.zeros((3, 17, 2)),
    "score": np.ones((3, 17)),
    "measured": np.ones((3, 17), bool),
    "time": TIME,
    "size": (64, 48),
}
POSE = {"xyz": np.zeros((3, 17, 3)), "measured": np.ones(3, bool), "error": np.zeros(3), "time": TIME}


def test_what_is_made_is_frozen_and_of_its_types():
    xy = np.zeros((3, 17, 2))
    track = Keypoints2D(**(KEYPOINTS | {"xy": xy, "crossings": [{"start": 0, "stop": 1, "other": 2, "sure": 0.5}]}))
    xy[:] = 9
    assert track.xy.dtype == np.float32 and not track.xy.any() and not track.xy.flags.writeable
    assert track.crossings == (Crossing(0, 1, 2, 0.5),) and track.frames == 3
    pose = Pose3D(**POSE, root=np.zeros((3, 3)), up=(0.6, -0.8, 0))
    assert pose.root.dtype == pose.up.dtype == np.float32


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"xy": np.zeros((3, 16, 2))}, r"Keypoints2D\.xy has shape \(3, 16, 2\), expected \(3, 17, 2\)"),
        ({"score": np.full((3, 17), 1.5)}, "score runs from 1.5 to 1.5, expected 0..1"),
        ({"score": np.full((3, 17), np.nan)}, "score holds NaN"),
        ({"xy": np.full((3, 17, 2), np.inf)}, "infinite values; missing is NaN"),
        ({"size": (0, 48)}, "expected positive"),
        ({"raw": np.zeros((2, 17, 2))}, r"Keypoints2D\.raw has shape"),
        ({"still": np.zeros((2, 2, 3))}, r"Keypoints2D\.still has shape \(2, 2, 3\), expected \(3, 2, 3\)"),
        ({"skeleton": "h37m"}, "skeleton 'h37m' is not known; choose from h36m17"),
    ],
)
def test_keypoints_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Keypoints2D(**(KEYPOINTS | change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"xyz": np.zeros((3, 17, 2))}, r"Pose3D\.xyz has shape"),
        ({"still": np.zeros((3, 3, 2))}, r"Pose3D\.still has shape"),
        ({"root": np.zeros((2, 3))}, r"Pose3D\.root has shape \(2, 3\)"),
        ({"up": (0, -2, 0)}, "up has length 2.0000, expected 1"),
        ({"scale": "feet"}, "scale is 'feet', expected 'metric' or 'relative'"),
    ],
)
def test_poses_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Pose3D(**(POSE | change))
