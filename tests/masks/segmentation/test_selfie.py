import cv2
import numpy as np
import pytest
from walking_bodies import iou

from dance3d.io.fetch import located
from dance3d.io.onnx_net import OnnxNet
from dance3d.masks.segmentation import foreground


def tennis(data_dir, count):
    """Pictures (H, W, 3) RGB and masks (H, W)."""
    folder = data_dir / "masks" / "tennis"
    rgb, truth = ({p.name: p for p in (folder / kind).rglob("*.png")} for kind in ("rgb", "mask"))
    names = sorted(rgb)[:count]
    pictures = [cv2.cvtColor(cv2.imread(str(rgb[name])), cv2.COLOR_BGR2RGB) for name in names]
    return pictures, [cv2.imread(str(truth[name]), 0) > 127 for name in names]


def test_selfie_finds_the_tennis_player(data_dir):
    pictures, truth = tennis(data_dir, 6)
    found = foreground("selfie").masks(pictures)
    assert np.mean([iou(one, other) for one, other in zip(found, truth, strict=True)]) > 0.8


def test_selfie_sees_nobody_in_noise():
    noise = np.random.default_rng(1).integers(0, 255, (90, 120, 3)).astype(np.uint8)
    found = list(foreground("selfie").masks([noise, noise]))
    assert len(found) == 2 and not any(mask.any() for mask in found)


def test_the_net_is_that_of_mediapipe(data_dir):
    pytest.importorskip("mediapipe", reason="the package mediapipe, to compare with, is not installed")
    from mediapipe.python.solutions.selfie_segmentation import SelfieSegmentation

    pictures, _ = tennis(data_dir, 4)
    squares = np.stack([cv2.resize(picture[:, 100:350], (256, 256)) for picture in pictures])
    (found,) = OnnxNet(located("selfie"), "cpu", layout="NHWC")(squares / np.float32(255))
    with SelfieSegmentation(model_selection=0) as original:
        wanted = np.stack([original.process(square).segmentation_mask for square in squares])
    assert found.shape == (4, 256, 256, 1) and wanted.max() > 0.9
    np.testing.assert_allclose(found[..., 0], wanted, atol=2e-3)
