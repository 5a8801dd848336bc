import numpy as np
import pytest

from dance3d.stages.keypoints import detectors
from dance3d.stages.keypoints.detectors import keypoint_net


def test_the_backend_reads_the_boxes_that_are_found(file, monkeypatch):
    class Boxes:
        def __init__(self, people, fps):
            self.found = [np.array([[10.0, 20.0, 60.0, 120.0], [100.0, 0.0, 150.0, 90.0]]), np.zeros((0, 4))]

        def __call__(self, image):
            return self.found.pop(0)

        def close(self):
            pass

    monkeypatch.setattr(keypoint_net, "MoveNetBoxes", Boxes)
    image = np.zeros((160, 200, 3), np.uint8)
    with detectors.resolve("own")(file, 2) as detector:
        one, other = detector(image)
        assert detector(image) == [] and detector.layout == "h36m17"
    assert one.shape == (17, 3) and (one[:, 0] < 100).all() and (other[:, 0] > 60).all()
    assert (one[:, 2] >= 0).all() and (one[:, 2] <= 1).all()
    with pytest.raises(ValueError, match="backend 'own' needs weights: make them with `dance3d train keypoints`"):
        detectors.resolve("own")(None, None)
