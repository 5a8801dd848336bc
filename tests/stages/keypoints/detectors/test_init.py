"""Detectors by name."""

import subprocess
import sys

import pytest

from dance3d import lazy_import
from dance3d.io import fetch
from dance3d.masks import segmentation
from dance3d.stages.keypoints import detectors
from dance3d.stages.keypoints.detectors import requirements


def test_every_row_of_the_list_is_of_a_backend_or_a_method_of_segmentation():
    assert {row["used_by"] for row in fetch.third_party().values()} <= {*detectors.DETECTORS, *segmentation.METHODS}
    needed = {name for need in requirements.REQUIREMENTS.values() for name in need.weights.split("+") if name}
    assert needed <= set(fetch.third_party())
    assert set(requirements.REQUIREMENTS) <= set(detectors.DETECTORS)


@pytest.mark.parametrize("name", detectors.DETECTORS)
def test_which_can_go_on_in_the_middle_of_a_video(name):
    methods = {"state", "restore"} & set(dir(lazy_import.resolve(detectors.DETECTORS[name])))
    assert methods == (set() if name == "mediapipe-tasks" else {"state", "restore"})


def test_what_runs_unless_told_otherwise_needs_no_mediapipe():
    code = """
import sys
sys.modules["mediapipe"] = None  # every import of it fails
import numpy as np
from dance3d.masks.segmentation import foreground
from dance3d.stages.keypoints.detectors import resolve
from dance3d.stages.keypoints.settings import KeypointSettings
picture = np.zeros((64, 64, 3), np.uint8)
with resolve(KeypointSettings().backend)() as detector:
    assert detector(picture) == []
assert not next(foreground().masks([picture])).any()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
