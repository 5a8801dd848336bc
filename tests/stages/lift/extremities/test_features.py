"""What the net of the extremities sees."""

from __future__ import annotations

import numpy as np
import pytest

from dance3d.geometry.projection import project
from dance3d.geometry.vectors import degrees_between
from dance3d.skeleton import BODY24, EXTREMITIES, H36M17
from dance3d.stages.lift.extremities.features import JOINTS, LIMBS, MIRRORED_HEAD, directions, features, targets, width
from dance3d.synth.choreography import choreograph
from dance3d.synth.virtual_cameras import Filmed, film


@pytest.fixture(scope="module")
def filmed() -> Filmed:
    return film([choreograph("salsa", 2.0, 1)])[1]


def parts(one: Filmed) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    truth = one.truth
    assert truth.root is not None and truth.extremities is not None and one.keypoints.extremities is not None
    return (
        *(a.astype(float) for a in (truth.xyz, truth.root, truth.extremities)),
        one.keypoints.extremities.astype(float),
    )


@pytest.mark.parametrize("limb", [*LIMBS, MIRRORED_HEAD])
def test_directions_undo_targets(filmed: Filmed, limb) -> None:
    xyz, _, ends, _ = parts(filmed)
    way = directions(targets(xyz, xyz, ends, limb), xyz, limb)
    for number, point in enumerate(limb.points):
        true = ends[:, EXTREMITIES.index(point)] - xyz[:, H36M17.index(limb.joint)]
        assert degrees_between(way[:, number], true).max() < 1e-3


@pytest.mark.parametrize("limb", LIMBS)
def test_keypoints_show_the_part_of_the_limb_across_the_line_of_sight(filmed: Filmed, limb) -> None:
    xyz, root, ends, at = parts(filmed)
    seen = features(xyz, root, at, filmed.truth.camera, limb)
    assert seen.shape == (len(xyz), width(limb.kind))
    sight = seen[:, 3 * JOINTS : 3 * JOINTS + 3]
    for number, point in enumerate(limb.points):
        off = seen[:, 3 * JOINTS + 6 + 3 * number :][:, :3]
        way = targets(xyz, xyz, ends, limb)[:, number]
        length = np.linalg.norm(ends[:, EXTREMITIES.index(point)] - xyz[:, H36M17.index(limb.joint)], axis=-1)
        across = way - (way * sight).sum(-1, keepdims=True) * sight
        assert degrees_between(off, across)[np.linalg.norm(across, axis=-1) > 0.5].max() < 10
        ratio = np.linalg.norm(off, axis=-1) / np.linalg.norm(across, axis=-1) / length
        assert np.ptp(np.log(ratio[np.linalg.norm(across, axis=-1) > 0.5])) < 0.3


def test_the_mirror_image_of_a_body_is_the_same_to_the_net(filmed: Filmed) -> None:
    xyz, root, ends, _ = parts(filmed)
    camera = filmed.truth.camera
    flip = np.array([-1.0, 1.0, 1.0])
    swap = [i - len(H36M17.joints) for i in BODY24.swap[len(H36M17.joints) :]]
    mirrored = (xyz * flip)[:, H36M17.swap], root * flip, (ends * flip)[:, swap]
    pixels = [project(e + r[:, None], camera.focal, np.array(camera.centre)) for _, r, e in ((0, root, ends), mirrored)]
    left = {limb.kind: limb for limb in LIMBS if limb.mirrored} | {"head": MIRRORED_HEAD}
    right = {limb.kind: limb for limb in LIMBS if not limb.mirrored}
    for kind in ("foot", "hand", "head"):
        one = features(xyz, root, pixels[0].astype(float), camera, right[kind])
        other = features(mirrored[0], mirrored[1], pixels[1].astype(float), camera, left[kind])
        np.testing.assert_allclose(other, one, atol=1e-6)


def test_points_that_are_not_seen_are_zero(filmed: Filmed) -> None:
    xyz, root, _, at = parts(filmed)
    at = at.copy()
    at[5, EXTREMITIES.index("left_toe")] = np.nan
    limb = next(limb for limb in LIMBS if "left_toe" in limb.points)
    seen = features(xyz, root, at, filmed.truth.camera, limb)
    assert (seen[5, 3 * JOINTS + 6 :][:3] == 0).all() and seen[5, -2] == 0 and seen[4, -2] == 1 and seen[5, -1] == 1
