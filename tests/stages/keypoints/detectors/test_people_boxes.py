import numpy as np
import pytest
from detector_files import write_simcc, write_yolox

from dance3d.stages.keypoints.detectors import people_boxes


@pytest.mark.parametrize("kinds", [False, True])
@pytest.mark.parametrize("size", [(320, 200), (100, 300), (50, 40)])
def test_yolox_boxes_in_pixels_of_the_picture(tmp_path, size, kinds):
    image = np.zeros((size[1], size[0], 3), np.uint8)
    left, top, right, bottom = (round(share * side) for share, side in zip((0.2, 0.3, 0.5, 0.9), size * 2, strict=True))
    image[top:bottom, left:right, 2] = 255  # blue, in RGB
    image[:5, :5, 0] = 255
    finder = people_boxes.YoloxBoxes(write_yolox(tmp_path / "yolox.onnx", 64, kinds), None, "cpu")
    [box] = finder(image)
    assert np.abs(box - [left, top, right, bottom]).max() <= max(*size) / 64


def test_a_pose_net_is_no_finder(tmp_path):
    with pytest.raises(ValueError, match=r"expected boxes with scores"):
        people_boxes.YoloxBoxes(write_simcc(tmp_path / "pose.onnx"), None)


def test_boxes_go_on_with_the_people_of_other_boxes(monkeypatch):
    class Follower:
        def __init__(self, model, people, *, fps, quality):
            self.people = {}

        def state(self):
            return self.people

        def restore(self, state):
            self.people = state

    monkeypatch.setattr(people_boxes, "MoveNet", Follower)
    one, other = people_boxes.MoveNetBoxes(None), people_boxes.MoveNetBoxes(None)
    one.restore({"seen": np.arange(3)})
    other.restore(one.state())
    assert other.state()["seen"].tolist() == [0, 1, 2]


def test_boxes_lie_around_the_dancers(kitasen):
    """All of each dancer, and less than half as much again: shares of the picture, seen by eye."""
    finder = people_boxes.MoveNetBoxes(None)
    boxes = finder(kitasen[270])
    assert len(boxes) == 3
    sides = boxes[:, 2:] - boxes[:, :2]
    assert (sides[:, 1] > 100).all() and (sides[:, 1] < 400).all()
    assert finder(np.zeros((60, 60, 3), np.uint8)).shape == (0, 4)
