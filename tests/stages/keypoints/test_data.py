"""Crops for the keypoint net: which may train, what they hold, and how they are changed."""

from functools import partial

import crop_sets
import numpy as np
import pytest
import torch

from dance3d.contracts.camera import Lens
from dance3d.datasets.crop import cut
from dance3d.datasets.crop_folder import CropWriter
from dance3d.datasets.loaders import RandomBatches, drawn
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints import augment
from dance3d.stages.keypoints.augment import KeypointBatch, changed
from dance3d.stages.keypoints.data import KeypointData, Mixed, SplitCrops, clip_views, fixed_batches


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crops")
    crop_sets.shots(folder / "shots", moments=4, views=2)
    crop_sets.shots(folder / "held", moments=3, views=2, split="test")
    crop_sets.invented(folder / "invented")
    return folder


def spots(count=8, size=64):
    """Black pictures with a white spot at one joint of each side, the person's mask around both."""
    joints = torch.full((count, 17, 2), 0.0)
    left, right = H36M17.indices("left_wrist", "right_wrist")
    generator = torch.Generator().manual_seed(0)
    joints[:, left] = torch.rand(count, 2, generator=generator) * 0.6 - torch.tensor([0.7, 0.3])
    joints[:, right] = torch.rand(count, 2, generator=generator) * 0.6 + torch.tensor([0.1, -0.3])
    at = (torch.arange(size) + 0.5) / size * 2 - 1
    image = torch.zeros(count, size, size, 3, dtype=torch.uint8)
    for joint, channel in ((left, 0), (right, 2)):
        off = (at - joints[:, joint, :1, None]).square() + (at[:, None] - joints[:, joint, 1:, None]).square()
        image[..., channel] = (off < 0.08**2).to(torch.uint8) * 255
    return KeypointBatch(
        image, torch.ones(count, size, size, dtype=torch.uint8), joints, torch.ones(count, 17), torch.ones(count)
    )


@pytest.fixture
def plain(monkeypatch):
    """Only places change: no partner, no box, no other background, no other light."""
    for name in ("PARTNER", "BOXES", "CUT", "GREY", "BLUR", "_DARK", "_TINT", "_GRAIN", "FILLED"):
        monkeypatch.setattr(augment, name, 0.0)


def test_joints_move_with_their_pictures_and_sides_change_with_the_mirror(plain):
    torch.manual_seed(1)
    batch = spots(32)
    shown = changed(batch)
    mirrored = 0
    for n in range(32):
        for name, channel in (("left_wrist", 0), ("right_wrist", 2)):
            at = shown.joints[n, H36M17.index(name)]
            if at.abs().max() > 0.85:
                continue
            x, y = ((at + 1) / 2 * 64).long().tolist()
            colour = shown.pictures[n, :, y, x]
            other = 2 - channel  # in a mirror the left wrist is the right one's picture
            assert max(colour[channel], colour[other]) > 0.6, f"{name} of {n} is not where its spot is"
            mirrored += bool(colour[other] > colour[channel])
    assert 8 < mirrored < 56


def test_some_pictures_are_upside_down(plain):
    torch.manual_seed(0)
    batch = spots(256)
    batch.joints[:, H36M17.index("head")] = torch.tensor([0.0, -0.5])
    down = changed(batch).joints[:, H36M17.index("head"), 1] > 0.1
    assert 0.02 < down.float().mean() < 0.1


def test_what_is_covered_or_out_of_the_picture_is_not_seen_and_unknown_joints_do_not_count(plain, monkeypatch):
    batch = spots(64)
    batch.joints[:, H36M17.index("nose")] = torch.nan
    batch.joints[:, H36M17.index("head")] = torch.tensor([0.0, -9.0])
    monkeypatch.setattr(augment, "BOXES", 1.0)
    torch.manual_seed(2)
    shown = changed(batch)
    nose, head = H36M17.indices("nose", "head")
    assert not shown.known[:, nose].any() and not shown.inside[:, nose].any() and not shown.seen[:, nose].any()
    assert shown.known[:, head].all() and not shown.inside[:, head].any() and not shown.seen[:, head].any()
    pelvis = H36M17.index("pelvis")
    assert shown.inside[:, pelvis].all() and 0 < shown.seen[:, pelvis].mean() < 1, "boxes hide some"
    assert torch.isfinite(shown.joints).all() and torch.isfinite(shown.pictures).all()


def test_a_partner_before_somebody_hides_joints_and_one_behind_does_not(plain, monkeypatch):
    monkeypatch.setattr(augment, "PARTNER", 1.0)
    torch.manual_seed(0)
    before = changed(spots(64)).seen.mean()
    assert 0.3 < before < 0.95


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
    draws = drawn(RandomBatches(partial(Mixed(shown).random, 16)), 3, 0)
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
    fixed = fixed_batches(Mixed(shown), 7, 3)
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
