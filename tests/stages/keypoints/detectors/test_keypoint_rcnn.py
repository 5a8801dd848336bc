import importlib.util
import sys
import types

import numpy as np
import pytest
import torch

from dance3d.skeleton import COCO17
from dance3d.stages.keypoints import detectors


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
