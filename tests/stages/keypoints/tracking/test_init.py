import pytest

from dance3d.stages.keypoints import tracking
from dance3d.stages.keypoints.tracking import tracker


def test_trackers_are_found_by_name():
    assert tracking.resolve("own") is tracker.track
    with pytest.raises(ValueError, match="tracker 'deepsort' is not known; choose from own, iou, sort"):
        tracking.resolve("deepsort")
