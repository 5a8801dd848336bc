import cv2
import numpy as np
import pytest
from walking_bodies import walker

from dance3d.masks.segmentation import foreground


def test_files_are_read_in_order_scaled_and_counted(tmp_path):
    pictures, truth = walker(4)
    for t, mask in enumerate(truth):
        cv2.imwrite(str(tmp_path / f"{t:03d}.png"), cv2.resize(mask.astype(np.uint8) * 255, (80, 60)))
    method = foreground("files", path=tmp_path)
    found = list(method.masks(pictures))
    assert all(f.shape == t.shape for f, t in zip(found, truth, strict=True))
    with pytest.raises(ValueError, match="fewer than the clip has pictures"):
        list(method.masks(pictures * 2))
    with pytest.raises(ValueError, match="more masks than the clip's 3 pictures"):
        list(method.masks(pictures[:3]))
    with pytest.raises(ValueError, match="expected a folder of pictures"):
        foreground("files")
