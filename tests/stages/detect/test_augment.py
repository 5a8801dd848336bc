"""Changed pictures and their cameras, masks and joints still belong together."""

import crop_sets
import pytest
import torch

from dance3d.masks import iou, lines, skeleton_mask
from dance3d.skeleton import H36M17
from dance3d.stages.detect.augment import ROLL, SCALE, augmented_invented, augmented_scenes
from dance3d.stages.detect.data import InventedBodies, MomentDataset
from dance3d.stages.detect.model import net_targets

FACED = torch.tensor([-1.0, 1.0, 1.0])


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    moments = MomentDataset(crop_sets.shots(tmp_path_factory.mktemp("shots"), moments=8, views=2))
    return moments.scenes([n for n, row in enumerate(moments.rows) if moments.crops.moments[row]["views"] == 2])


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    bodies = InventedBodies(crop_sets.invented(tmp_path_factory.mktemp("invented")))
    return bodies.random(24, torch.Generator().manual_seed(0), 64)


def overlap(world, extrinsics, half, mask):
    """IoU of bodies drawn from joints and of masks."""
    drawn = skeleton_mask(net_targets(world[:, None], extrinsics, half)[..., :2], mask.shape[-1], lines())
    return iou(drawn > 0.2, mask > 0.5)


def test_masks_and_cameras_of_changed_moments_agree(scenes):
    torch.manual_seed(0)
    before = overlap(scenes.truth, scenes.extrinsics, scenes.half, scenes.mask).mean()
    turned = []
    for _ in range(4):
        shown = augmented_scenes(scenes)
        seen = (shown.extrinsics, shown.half, shown.mask)
        as_it_was, mirrored = (overlap(w, *seen).mean(1) for w in (scenes.truth, scenes.truth[:, H36M17.swap] * FACED))
        assert torch.maximum(as_it_was, mirrored).mean() > before - 0.04 and before > 0.6
        turned.append((mirrored > as_it_was).float())
        torch.testing.assert_close(torch.linalg.det(shown.extrinsics[..., :3]), torch.ones_like(shown.half))
    assert 0.2 < torch.cat(turned).mean() < 0.8, "some are mirrored and some are not"


def test_all_views_of_a_moment_are_mirrored_or_none(scenes):
    torch.manual_seed(1)
    shown = augmented_scenes(scenes)
    seen = (shown.extrinsics, shown.half, shown.mask)
    both = [overlap(w, *seen) for w in (scenes.truth, scenes.truth[:, H36M17.swap] * FACED)]
    sure = (both[0] - both[1]).abs() > 0.1
    faced = both[1] > both[0]
    assert (faced == faced[:, :1])[sure.all(1)].all() and sure.all(1).any()


def test_fitted_bodies_go_with_their_moments(scenes):
    torch.manual_seed(0)
    shown = augmented_scenes(scenes._replace(fitted=scenes.truth))
    after = overlap(shown.fitted, shown.extrinsics, shown.half, shown.mask).mean()
    assert after > overlap(scenes.truth, scenes.extrinsics, scenes.half, scenes.mask).mean() - 0.04
    mirrored = (shown.fitted - scenes.truth).abs().amax((1, 2)) > 1e-6
    assert mirrored.any() and not mirrored.all()
    torch.testing.assert_close(shown.fitted[mirrored], (scenes.truth[:, H36M17.swap] * FACED)[mirrored])


def test_distance_maps_are_turned_with_their_masks_and_stay_in_pixels(scenes):
    torch.manual_seed(0)
    shown = augmented_scenes(scenes)
    inside = shown.mask > 0.5
    scale = scenes.half / shown.half
    assert ((scale - 1).abs() <= SCALE + 1e-6).all()
    deepest, was = shown.distance.abs().amax((2, 3)), scenes.distance.abs().amax((2, 3))
    assert (deepest <= was * scale * 1.05 + 1).all() and inside.any()


def test_pictures_keep_the_person_on_black(scenes):
    torch.manual_seed(0)
    pictures = augmented_scenes(scenes).pictures
    assert pictures.min() >= 0 and pictures.max() <= 1
    assert (pictures[:, :, :3] * (pictures[:, :, 3:] == 0)).abs().max() < 1e-6


def test_invented_joints_move_with_their_pictures(invented):
    torch.manual_seed(0)
    drawn = skeleton_mask(invented.joints[..., :2], 64, lines())
    before = iou(drawn > 0.2, invented.mask > 0).mean()
    _, mask, joints = augmented_invented(invented)
    after = iou(skeleton_mask(joints[..., :2], 64, lines()) > 0.2, mask > 0.5).mean()
    assert after > before - 0.05 and before > 0.5
    assert (joints - invented.joints).abs().max() > 0.1


def test_a_mirrored_body_has_its_sides_exchanged(invented):
    torch.manual_seed(0)
    _, _, joints = augmented_invented(invented)
    left, right = H36M17.index("left_hip"), H36M17.index("right_hip")

    def handed(body):  # of hips, trunk and depth of the nose: a mirror changes the sign, unless sides are exchanged
        hips = body[:, left] - body[:, right]
        trunk = body[:, H36M17.index("thorax")] - body[:, H36M17.index("pelvis")]
        nose = body[:, H36M17.index("nose")] - body[:, H36M17.index("head")]
        return (torch.linalg.cross(hips, trunk) * nose).sum(-1)

    clear = handed(invented.joints).abs() > 1e-3
    assert (handed(joints).sign() == handed(invented.joints).sign())[clear].all() and clear.sum() > 5
    assert ROLL < torch.pi / 4


def test_empty_masks_are_no_error(scenes):
    empty = scenes._replace(mask=torch.zeros_like(scenes.mask))
    shown = augmented_scenes(empty)
    assert torch.isfinite(shown.pictures).all() and not shown.mask.any()
    assert not shown.pictures.any()
