import importlib.util

import cv2
import numpy as np
import pytest
from walking_bodies import iou

from dance3d.segmentation import foreground

MEDIAPIPE = pytest.mark.skipif(importlib.util.find_spec("mediapipe") is None, reason="mediapipe is not installed")


@MEDIAPIPE
def test_selfie_finds_the_tennis_player(data_dir):
    folder = data_dir / "masks" / "tennis"
    names = sorted(p.name for p in (folder / "rgb").rglob("*.png"))[:6]
    rgb, truth = ({p.name: p for p in (folder / kind).rglob("*.png")} for kind in ("rgb", "mask"))
    pictures = [cv2.cvtColor(cv2.imread(str(rgb[n])), cv2.COLOR_BGR2RGB) for n in names]
    found = list(foreground("selfie").masks(pictures))
    assert np.mean([iou(f, cv2.imread(str(truth[n]), 0) > 127) for f, n in zip(found, names, strict=True)]) > 0.8


@MEDIAPIPE
def test_selfie_sees_nobody_in_noise():
    noise = np.random.default_rng(1).integers(0, 255, (90, 120, 3)).astype(np.uint8)
    found = list(foreground("selfie").masks([noise, noise]))
    assert len(found) == 2 and not any(mask.any() for mask in found)
