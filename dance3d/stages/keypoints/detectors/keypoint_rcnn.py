"""torchvision's Keypoint R-CNN: everybody's COCO joints from one net.

Source: He et al., Mask R-CNN, 2017 (arXiv 1703.06870), section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import COCO17
from dance3d.stages.keypoints.detectors import requirements

LEAST_SCORE = 0.7  # chosen: least score of a person
NEUTRAL_SCORE = 2.0  # a joint's score that is mapped to 0.5: the threshold from which Detectron draws joints


class KeypointRCNN:
    """Detects everybody's joints, picture by picture.

    Args:
        model: a state dict of ``torchvision.models.detection.keypointrcnn_resnet50_fpn``; none for the fetched one.
        people: number of dancers; none where not known.
        fps: pictures per second; every picture is looked at by itself.

    Raises:
        ValueError: torchvision is not installed, the weights are not here, or of another net.
    """

    layout = COCO17.name

    def __init__(self, model: Path | None = None, people: int | None = None, *, fps: float = 30.0) -> None:
        requirements.package("keypoint-rcnn")
        path = requirements.weights("keypoint-rcnn", model)
        import torch
        from torchvision.models.detection import keypointrcnn_resnet50_fpn

        from dance3d.stages.inference_device import inference_device

        self._device = inference_device()
        self._people = people
        net = keypointrcnn_resnet50_fpn(
            weights=None, weights_backbone=None, num_classes=2, num_keypoints=len(COCO17.joints)
        )
        try:
            net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        except (RuntimeError, UnpicklingError, TypeError, EOFError) as error:
            first = str(error).splitlines()[0]
            raise ValueError(f"{path} cannot be read as weights of Keypoint R-CNN: {first}") from error
        self._net = net.eval().to(self._device)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        del self._net

    def state(self) -> dict[str, NDArray[Any]]:
        """None: every picture is looked at by itself. As in ``detectors.ResumableDetector``."""
        return {}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Nothing to restore."""

    def __call__(self, image: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
        """Joints of everybody, as in ``detectors.Detector``; highest score first."""
        import torch

        picture = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))).to(self._device)
        with torch.inference_mode():
            found = self._net([picture.float() / 255])[0]
        kept = (found["scores"] >= LEAST_SCORE).nonzero()[: self._people, 0]  # in falling order
        xy = found["keypoints"][kept, :, :2].double()
        score = torch.sigmoid(found["keypoints_scores"][kept].double() - NEUTRAL_SCORE)
        return list(torch.cat([xy, score[..., None]], 2).cpu().numpy())
