"""Detectors that need weights of others: nets made here, whose right answer is known, and MediaPipe's own nets."""

import importlib.machinery
import importlib.util
import logging
import sys
import types

import numpy as np
import pytest
import torch
from detector_files import palette, write_simcc, write_task, write_yolox

from dance3d.io import fetch
from dance3d.io.video import VideoReader
from dance3d.skeleton import BLAZEPOSE33, COCO17, RECIPES
from dance3d.stages.keypoints import detectors
from dance3d.stages.keypoints.detectors import people_boxes, requirements, rtmpose


@pytest.fixture(autouse=True)
def nothing_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("DANCE3D_WEIGHTS", str(tmp_path / "none"))


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
    monkeypatch.setattr(rtmpose, "BlazePoseBoxes", lambda people: Boxes(boxes))
    return rtmpose.RTMPose(path, device="cpu", **more)


# ---- RTMPose ----


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
    monkeypatch.setattr(rtmpose, "BlazePoseBoxes", lambda people: boxes)
    with rtmpose.RTMPose(write_simcc(tmp_path / "pose.onnx")):
        assert not boxes.closed
    assert boxes.closed


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


def test_without_mediapipe_boxes_need_a_net(tmp_path, monkeypatch):
    write_simcc(tmp_path / "pose.onnx")
    find_spec = requirements.find_spec
    monkeypatch.setattr(requirements, "find_spec", lambda name: None if name == "mediapipe" else find_spec(name))
    with pytest.raises(ValueError, match=r"BOXES\+POSE.*yolox-m"):
        rtmpose.RTMPose(tmp_path / "pose.onnx")


def test_a_pose_net_is_no_finder(tmp_path):
    with pytest.raises(ValueError, match=r"expected boxes with scores"):
        people_boxes.YoloxBoxes(write_simcc(tmp_path / "pose.onnx"), None)


def test_a_gpu_that_is_not_there(tmp_path, caplog, monkeypatch):
    import onnxruntime

    from dance3d.stages.keypoints.detectors import onnx_net

    path = write_simcc(tmp_path / "pose.onnx")
    with pytest.raises(ValueError, match="not known"):
        onnx_net.OnnxNet(path, "tpu")
    if onnx_net.GPU in onnxruntime.get_available_providers():
        pytest.skip("a GPU is there")
    with pytest.raises(ValueError, match="was asked for"):
        onnx_net.OnnxNet(path, "cuda")
    monkeypatch.setattr(onnx_net.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    with caplog.at_level(logging.WARNING):
        onnx_net.OnnxNet(path, "cpu")
        assert not caplog.records
        onnx_net.OnnxNet(path)
    assert "runs on the CPU" in caplog.text


# ---- MediaPipe tasks ----


@pytest.fixture(scope="session")
def task(tmp_path_factory):
    if requirements.missing("mediapipe"):
        pytest.skip("MediaPipe 0.10.21, whose wheel carries the nets, is not installed")
    return write_task(tmp_path_factory.mktemp("task") / "pose.task")


@pytest.fixture(scope="module")
def dancers(data_dir):
    with VideoReader(data_dir / "video" / "kitasen_dancers.mp4") as reader:
        return [frame.image for frame, _ in zip(reader, range(12), strict=False)]


def test_a_task_file_finds_both_dancers(task, dancers):
    with detectors.resolve("mediapipe-tasks")(task, 2) as detector:
        found = [detector(image) for image in dancers]
    assert detector.layout == BLAZEPOSE33.name and min(len(bodies) for bodies in found) >= 2
    ankles, ears = (BLAZEPOSE33.indices(f"left_{joint}", f"right_{joint}") for joint in ("ankle", "ear"))
    for bodies in found:
        middles = sorted(body[:, 0].mean() for body in bodies)
        assert middles[1] - middles[0] > 100
        for body in bodies:
            assert body.shape == (33, 3) and np.isfinite(body).all() and (body[ears, 1] < body[ankles, 1] - 100).all()
            assert ((body[:, 2] >= 0) & (body[:, 2] <= 1)).all()


def test_one_dancer_is_not_smoothed(task, dancers):
    """The picture jumps; a smoothed body would arrive late."""
    jump = 12
    with detectors.resolve("mediapipe-tasks")(task, 1) as detector:
        before = [detector(dancers[0]) for _ in range(5)][-1]
        after = detector(np.roll(dancers[0], jump, 1))
    moved = after[0][:, 0].mean() - before[0][:, 0].mean()
    assert abs(moved - jump) < 1.5


def test_nobody_in_an_empty_picture(task):
    with detectors.resolve("mediapipe-tasks")(task) as detector:
        assert detector(np.zeros((48, 64, 3), np.uint8)) == []


def test_a_task_file_that_is_none(tmp_path):
    pytest.importorskip("mediapipe")
    (tmp_path / "bad.task").write_bytes(b"PK no zip")
    with pytest.raises(ValueError, match=r"bad.task cannot be read as a pose landmarker"):
        detectors.resolve("mediapipe-tasks")(tmp_path / "bad.task")


# ---- Keypoint R-CNN ----


class FakeRCNN(torch.nn.Module):
    """Answers as torchvision documents it: three people, the surest first, one of them hardly one."""

    def __init__(self, weights, weights_backbone, num_classes, num_keypoints):
        super().__init__()
        assert weights is None and weights_backbone is None and (num_classes, num_keypoints) == (2, 17)
        self.shift = torch.nn.Parameter(torch.zeros(1))

    def forward(self, pictures):
        [picture] = pictures
        assert picture.shape[0] == 3 and picture.dtype == torch.float32 and float(picture.max()) == 1
        base = torch.arange(3 * 17 * 2, dtype=torch.float32).reshape(3, 17, 2) + self.shift
        return [
            {
                "scores": torch.tensor([0.99, 0.8, 0.2]),
                "keypoints": torch.cat([base, torch.ones(3, 17, 1)], 2),
                "keypoints_scores": torch.full((3, 17), 2.0),
            }
        ]


@pytest.fixture
def fake_torchvision(monkeypatch):
    names = ("torchvision", "torchvision.models", "torchvision.models.detection")
    for name in names:
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None, origin=__file__)
        monkeypatch.setitem(sys.modules, name, module)
    sys.modules[names[2]].keypointrcnn_resnet50_fpn = FakeRCNN


def test_keypoint_rcnn_answers_become_bodies(fake_torchvision, tmp_path):
    torch.save({"shift": torch.tensor([100.0])}, tmp_path / "net.pth")
    image = np.full((40, 60, 3), 255, np.uint8)
    with detectors.resolve("keypoint-rcnn")(tmp_path / "net.pth") as detector:
        found = detector(image)
    assert detector.layout == COCO17.name and len(found) == 2
    assert np.array_equal(found[1][:, :2], 100 + 34 + np.arange(34).reshape(17, 2)) and (found[1][:, 2] == 0.5).all()
    assert len(detectors.resolve("keypoint-rcnn")(tmp_path / "net.pth", 1)(image)) == 1


class Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit('it ran')",))


@pytest.mark.parametrize("bad", [{"other": torch.zeros(1)}, Bomb(), b"no weights"])
def test_keypoint_rcnn_reads_weights_as_data_only(fake_torchvision, tmp_path, bad):
    if isinstance(bad, bytes):
        (tmp_path / "net.pth").write_bytes(bad)
    else:
        torch.save(bad, tmp_path / "net.pth")
    with pytest.raises(ValueError, match="cannot be read as weights"):
        detectors.resolve("keypoint-rcnn")(tmp_path / "net.pth")


def test_keypoint_rcnn_of_torchvision(tmp_path):
    detection = pytest.importorskip("torchvision.models.detection")
    net = detection.keypointrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=2, num_keypoints=17)
    torch.save(net.state_dict(), tmp_path / "net.pth")
    with detectors.resolve("keypoint-rcnn")(tmp_path / "net.pth") as detector:
        assert isinstance(detector(np.zeros((64, 64, 3), np.uint8)), list)


# ---- what is missing ----


@pytest.mark.parametrize("name", [name for name, need in requirements.NEEDS.items() if need.weights])
def test_missing_weights_are_named_with_command_and_licence(name, monkeypatch):
    monkeypatch.setattr(requirements, "package", lambda backend: None)
    row = fetch.entry(requirements.NEEDS[name].weights)
    with pytest.raises(ValueError) as error:
        detectors.resolve(name)()
    assert f"dance3d weights fetch {requirements.NEEDS[name].weights}" in str(error.value) and row["license"] in str(
        error.value
    )
    assert requirements.missing(name) == str(error.value)


@pytest.mark.parametrize("name", requirements.NEEDS)
def test_missing_packages_are_named(name, monkeypatch):
    monkeypatch.setattr(requirements, "find_spec", lambda package: None)
    why, need = requirements.missing(name), requirements.NEEDS[name]
    assert f"needs the package {need.package}" in why and f"dance3d[{need.extra or name}]" in why


def test_a_mediapipe_without_graphs_is_none_for_the_first_backend(monkeypatch, tmp_path):
    """MediaPipe 1 carries tasks only."""
    (tmp_path / "tasks").mkdir()
    spec = importlib.machinery.ModuleSpec("mediapipe", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(requirements, "find_spec", lambda package: spec)
    assert "0.10.21" in requirements.missing("mediapipe")
    requirements.package("mediapipe-tasks")


def test_every_row_of_the_list_is_of_a_backend():
    assert {row["used_by"] for row in fetch.third_party().values()} <= set(detectors.DETECTORS)
    assert {need.weights for need in requirements.NEEDS.values() if need.weights} <= set(fetch.third_party())
    assert set(requirements.NEEDS) <= set(detectors.DETECTORS)
