"""Detectors by name."""

import pytest

from dance3d import lazy_import
from dance3d.io import fetch
from dance3d.stages.keypoints import detectors
from dance3d.stages.keypoints.detectors import requirements


def test_every_row_of_the_list_is_of_a_backend():
    assert {row["used_by"] for row in fetch.third_party().values()} <= set(detectors.DETECTORS)
    named = "+".join(need.weights for need in requirements.REQUIREMENTS.values() if need.weights).split("+")
    assert set(named) <= set(fetch.third_party())
    assert set(requirements.REQUIREMENTS) <= set(detectors.DETECTORS)


@pytest.mark.parametrize("name", detectors.DETECTORS)
def test_which_can_go_on_in_the_middle_of_a_video(name):
    methods = {"state", "restore"} & set(dir(lazy_import.resolve(detectors.DETECTORS[name])))
    assert methods == (set() if name == "mediapipe-tasks" else {"state", "restore"})
