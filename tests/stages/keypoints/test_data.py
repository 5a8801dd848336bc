"""Crops for the keypoint net: which may train, what they hold, and how they are changed."""

from functools import partial

import crop_sets
import numpy as np
import pytest
import torch

from dance3d.contracts.camera import Lens
from dance3d.datasets.crop import cut
from dance3d.datasets.crop_folder import CropWriter
from dance3d.datasets.loaders import RandomBatches, random_loader
from dance3d.stages.keypoints.data import CropFolders, KeypointData, SplitCrops, clip_views, fixed_batches


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crops")
    crop_sets.shots(folder / "shots", moments=4, views=2)
    crop_sets.shots(folder / "held", moments=3, views=2, split="test")
    crop_sets.invented(folder / "invented")
    return folder


def test_held_out_crops_never_train(folders):
    data = KeypointData([str(folders / name) for name in ("shots", "held", "invented")], batch=4, steps=3)
    data.setup()
    for shown in data.training:
        assert {shown.crops.moments[shown.moment[row]]["split"] for row in shown.rows} == {"train"}
    assert [len(shown) for shown in data.training] == [8, 9] and [len(s) for s in data.test] == [6]
    assert len(data.test_dataloader().dataset.rows) == 6
    clips = data.predict_dataloader().dataset
    assert len(clips) == 2 and clips[0].time.tolist() == sorted(clips[0].time.tolist())


def test_epochs_differ_by_the_random_state_and_mix_folders(folders):
    shown = [SplitCrops(folders / "shots"), SplitCrops(folders / "invented")]
    draws = random_loader(RandomBatches(partial(CropFolders(shown).random, 16)), 3, 0)
    torch.manual_seed(0)
    first = [batch.joints for batch in draws]
    second = [batch.joints for batch in draws]
    torch.manual_seed(0)
    again = [batch.joints for batch in draws]
    assert len(first) == 3 and first[0].shape == (16, 17, 2)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], second[0])


def test_fixed_crops_are_spread_over_all_folders_and_come_in_batches(folders):
    shown = [SplitCrops(folders / "shots"), SplitCrops(folders / "invented")]
    fixed = fixed_batches(CropFolders(shown), 7, 3)
    assert len(fixed) == 3 and [len(fixed[n].joints) for n in range(3)] == [3, 3, 1]
    assert fixed.rows.min() < len(shown[0]) <= fixed.rows.max()
    with pytest.raises(IndexError):
        fixed[3]


def test_crops_without_any_known_joint_are_left_out(tmp_path):
    picture, mask = np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40), bool)
    mask[5:30, 10:20] = True
    lens = Lens(np.array([[50.0, 0, 20], [0, 50, 20], [0, 0, 1]]), np.eye(3, 4), np.zeros(0))
    with CropWriter(tmp_path, 32) as writer:
        writer.write([cut(picture, mask, lens, 32)], "a", "a", "train", 0)
    with pytest.raises(ValueError, match="no crop of split train has a known joint"):
        KeypointData(str(tmp_path)).setup()


def test_folders_of_different_sizes_are_refused(folders, tmp_path):
    from dance3d.synth.crop_dataset import write_invented

    write_invented(tmp_path, 32, 4)
    with pytest.raises(ValueError, match="folders have crops of 32, 64 pixels"):
        KeypointData([str(folders / "shots"), str(tmp_path)]).setup()
    with pytest.raises(ValueError, match=r"data.batch 1"):
        KeypointData("", batch=1)


def test_views_of_clips_come_one_by_one(folders):
    clips = clip_views([SplitCrops(folders / "shots")])
    assert len(clips) == 2 and clips[1].batch.joints.shape[1:] == (17, 2)
