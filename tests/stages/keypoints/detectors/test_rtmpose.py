"""RTMPose in boxes that are told: nets made here, whose right answer is known."""

import numpy as np
import pytest
from detector_files import palette, write_simcc, write_yolox

from dance3d.skeleton import RECIPES
from dance3d.stages.keypoints import detectors
from dance3d.stages.keypoints.detectors import rtmpose


def dots(size, boxes, joints=17, big=3):
    """A black picture with a square of each joint's colour in each box, and the middles of the squares (N, J, 2)."""
    rng = np.random.default_rng(0)
    image, places = np.zeros((size[1], size[0], 3), np.uint8), []
    for left, top, right, bottom in boxes:
        cells = rng.permutation(30)[:joints]
        step = np.array([(right - left) / 5, (bottom - top) / 6])
        middles = np.array([left, top]) + (np.stack([cells % 5, cells // 5], 1) + 0.5) * step
        middles = np.floor(middles) + 0.5
        for (x, y), colour in zip(middles.astype(int), palette(joints), strict=True):
            image[max(y - big, 0) : y + big + 1, max(x - big, 0) : x + big + 1] = colour
        places.append(middles)
    return image, np.array(places)


class Boxes:
    """Boxes that are told."""

    def __init__(self, boxes):
        self.boxes, self.closed = np.array(boxes, float).reshape(-1, 4), False

    def __call__(self, image):
        return self.boxes

    def close(self):
        self.closed = True


def pose(path, boxes, monkeypatch, **more):
    monkeypatch.setattr(rtmpose, "MoveNetBoxes", lambda people, fps: Boxes(boxes))
    return rtmpose.RTMPose(path, device="cpu", **more)


@pytest.mark.parametrize("joints", [17, 26])
@pytest.mark.parametrize("batch", ["N", 1, 2])
def test_rtmpose_names_the_pixel_of_every_joint(tmp_path, monkeypatch, joints, batch):
    """Three people at once: narrow, wide, and beyond the picture's edge; batches of any, one or two pictures."""
    boxes = [(20, 30, 70, 150), (90, 10, 250, 80), (250, 90, 330, 210)]
    image, places = dots((320, 200), boxes, joints)
    net = write_simcc(tmp_path / "pose.onnx", joints, batch=batch)
    with pose(net, boxes, monkeypatch) as detector:
        found = detector(image)
        assert detector.layout in RECIPES and detector.layout == {17: "coco17", 26: "halpe26"}[joints]
    assert len(found) == 3 and all(body.shape == (joints, 3) for body in found)
    for (left, top, right, bottom), body, true in zip(boxes, found, places, strict=True):
        width, height = right - left, bottom - top
        step = 1.25 * max(width / 48, height / 64)  # pixels of the picture to one of the net's
        inside = (true < [320, 200]).all(1)
        assert inside.sum() >= 10 and (body[inside, 2] > 0.6).all() and (body[:, 2] <= 1).all()
        assert np.abs(body[inside, :2] - true[inside]).max() < 3 + step


def test_rtmpose_is_exact_where_a_pixel_of_the_net_is_one_of_the_picture(tmp_path, monkeypatch):
    """The net's picture is 48 x 64 around a pixel's middle, pixel for pixel."""
    image = np.zeros((160, 200, 3), np.uint8)
    at = np.array([(77 + 2 * j, 50 + 3 * j) for j in range(17)])
    image[at[:, 1], at[:, 0]] = palette(17)
    box = [100.5 - 24 / 1.25, 80.5 - 32 / 1.25, 100.5 + 24 / 1.25, 80.5 + 32 / 1.25]
    net = write_simcc(tmp_path / "pose.onnx")
    [body] = pose(net, [box], monkeypatch)(image)
    assert np.allclose(body[:, :2], at + 0.5, atol=1e-9) and (body[:, 2] > 0.99).all()
    thin = [95.5, box[1], 105.5, box[3]]  # grows to the net's shape about the same middle
    [body] = pose(net, [thin], monkeypatch)(image)
    assert np.allclose(body[:, :2], at + 0.5, atol=1e-9)


def test_rtmpose_without_people_and_without_an_answer(tmp_path, monkeypatch):
    net = write_simcc(tmp_path / "pose.onnx", colours=np.full((17, 3), 1e6))  # nearness 0 everywhere
    image = np.zeros((100, 100, 3), np.uint8)
    assert pose(net, [], monkeypatch)(image) == []
    assert pose(net, [(10, 10, 13, 90)], monkeypatch)(image) == []
    [body] = pose(net, [(10, 10, 60, 90)], monkeypatch)(image)
    assert np.isnan(body[:, :2]).all() and (body[:, 2] == 0).all()


def test_rtmpose_lets_go_of_its_boxes(tmp_path, monkeypatch):
    boxes = Boxes([])
    monkeypatch.setattr(rtmpose, "MoveNetBoxes", lambda people, fps: boxes)
    with rtmpose.RTMPose(write_simcc(tmp_path / "pose.onnx")):
        assert not boxes.closed
    assert boxes.closed


def test_rtmpose_in_the_boxes_of_an_onnx_net(tmp_path):
    write_simcc(tmp_path / "pose.onnx")
    write_yolox(tmp_path / "boxes.onnx")
    image, places = dots((200, 160), [(60, 20, 140, 140)])
    box = image[10:150, 50:150]
    box[(box == 0).all(2)] = [0, 0, 220]
    with detectors.resolve("rtmpose")(f"{tmp_path}/boxes.onnx+{tmp_path}/pose.onnx", 2, "cpu") as detector:
        [body] = detector(image)
    assert np.abs(body[:, :2] - places[0]).max() < 6 and (body[:, 2] > 0.8).all()


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (lambda path: write_simcc(path, joints=19), "19 joints; those whose meaning is known: 17"),
        (lambda path: write_simcc(path, height="h", width="w"), "fixed size"),
        (lambda path: write_yolox(path), "expected a row and a column"),
        (lambda path: path.write_bytes(b"no net at all"), "cannot be run by onnxruntime"),
        (lambda path: path.write_bytes(b""), "cannot be run by onnxruntime"),
        (lambda path: None, "is no file; give one, or a name: rtmpose-m, rtmpose-m-halpe26"),
    ],
)
def test_files_that_are_no_rtmpose_are_refused(tmp_path, monkeypatch, write, why):
    write(tmp_path / "pose.onnx")
    with pytest.raises(ValueError, match=why):
        pose(tmp_path / "pose.onnx", [], monkeypatch)
