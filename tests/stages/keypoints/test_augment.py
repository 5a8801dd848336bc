import pytest
import torch

from dance3d.skeleton import H36M17
from dance3d.stages.keypoints import augment
from dance3d.stages.keypoints.augment import KeypointBatch, augmented


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
    for name in ("PARTNER", "BOXES", "CUT", "GREY", "BLUR", "_LIGHT", "_TINT", "_GRAIN", "BACKGROUND"):
        monkeypatch.setattr(augment, name, 0.0)


def test_joints_move_with_their_pictures_and_sides_change_with_the_mirror(plain):
    torch.manual_seed(1)
    batch = spots(32)
    shown = augmented(batch)
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
    down = augmented(batch).joints[:, H36M17.index("head"), 1] > 0.1
    assert 0.02 < down.float().mean() < 0.1


def test_what_is_covered_or_out_of_the_picture_is_not_seen_and_unknown_joints_do_not_count(plain, monkeypatch):
    batch = spots(64)
    batch.joints[:, H36M17.index("nose")] = torch.nan
    batch.joints[:, H36M17.index("head")] = torch.tensor([0.0, -9.0])
    monkeypatch.setattr(augment, "BOXES", 1.0)
    torch.manual_seed(2)
    shown = augmented(batch)
    nose, head = H36M17.indices("nose", "head")
    assert not shown.known[:, nose].any() and not shown.inside[:, nose].any() and not shown.seen[:, nose].any()
    assert shown.known[:, head].all() and not shown.inside[:, head].any() and not shown.seen[:, head].any()
    pelvis = H36M17.index("pelvis")
    assert shown.inside[:, pelvis].all() and 0 < shown.seen[:, pelvis].mean() < 1, "boxes hide some"
    assert torch.isfinite(shown.joints).all() and torch.isfinite(shown.pictures).all()


def test_a_partner_before_somebody_hides_joints_and_one_behind_does_not(plain, monkeypatch):
    monkeypatch.setattr(augment, "PARTNER", 1.0)
    torch.manual_seed(0)
    before = augmented(spots(64)).seen.mean()
    assert 0.3 < before < 0.95
