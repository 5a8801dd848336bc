"""A keypoint net that several tests of this folder read."""

import crop_sets
import pytest
import torch

from dance3d.stages.keypoints.data import KeypointData
from dance3d.stages.keypoints.module import KeypointModule
from dance3d.training.time_budget import fit_for


@pytest.fixture(scope="session")
def crops(tmp_path_factory):
    return crop_sets.shots(tmp_path_factory.mktemp("crops"), moments=4, views=2)


@pytest.fixture(scope="session")
def trained(crops):
    """A net that has seen the same eight crops again and again, unchanged."""
    module = KeypointModule(64, 16, average=0.8)
    data = KeypointData(str(crops), batch=8, steps=40)
    data.setup()
    from dance3d.stages.keypoints import module as source
    from dance3d.stages.keypoints.augment import AugmentedCrops
    from dance3d.stages.keypoints.model import prepare

    def unchanged(batch):
        known = torch.isfinite(batch.joints).all(-1)
        return AugmentedCrops(prepare(batch.image), batch.joints, known, known, batch.seen)

    kept, source.augmented = source.augmented, unchanged
    try:
        steps = [0.0]

        def clock():
            steps[0] += 1
            return steps[0]

        fit_for(module, data.train_dataloader(), 160, 3e-3, precision="32-true", now=clock)
    finally:
        source.augmented = kept
    return module


@pytest.fixture(scope="session")
def file(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "w.safetensors"
    trained.export(path)
    return path
