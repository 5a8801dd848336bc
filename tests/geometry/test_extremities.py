"""Toes, heels, hands and face of every layout that has them."""

from __future__ import annotations

import numpy as np
import pytest

from dance3d.contracts import MotionClip
from dance3d.geometry.extremities import EXTREMITY_RECIPES, PARENTS, SWAP, extremities_of, sure_extremities
from dance3d.skeleton import BODY24, EXTREMITIES, H36M17, SKELETONS, to_h36m17


def test_body24_is_the_inner_skeleton_and_the_extremities() -> None:
    assert BODY24.joints == H36M17.joints + EXTREMITIES
    assert set(PARENTS) == {"left_ankle", "right_ankle", "left_wrist", "right_wrist", "nose"}
    assert [EXTREMITIES[other].replace("right", "left") for other in SWAP] == [
        name.replace("right", "left") for name in EXTREMITIES
    ]
    assert all(SWAP[SWAP[point]] == point for point in range(len(SWAP))) and SWAP[0] == 1 and SWAP[-1] == 6
    assert BODY24.swap[-1] == len(BODY24.joints) - 1  # one face
    assert BODY24.joints[BODY24.swap[BODY24.index("left_toe")]] == "right_toe"


@pytest.mark.parametrize("layout", EXTREMITY_RECIPES)
def test_a_layout_gives_its_extremities_and_nothing_else(layout: str) -> None:
    points = np.random.default_rng(0).normal(size=(4, len(SKELETONS[layout].joints), 2))
    found = extremities_of(points, np.full(points.shape[:2], 0.7), layout)
    assert found is not None
    xy, score = found
    has = [name in EXTREMITY_RECIPES[layout] for name in EXTREMITIES]
    assert np.isfinite(xy).all(-1).tolist() == [has] * 4
    np.testing.assert_allclose(score, np.where(has, 0.7, 0.0)[None].repeat(4, 0), atol=1e-6)


@pytest.mark.parametrize("layout", ["coco17", "coco18", "blazepose33", "halpe26", "wholebody23", "body25"])
def test_the_face_lies_before_the_nose_joint_as_the_nose_before_the_ears(layout: str) -> None:
    names = SKELETONS[layout].joints
    points = np.random.default_rng(1).normal(size=(len(names), 3))
    score = np.ones(len(names))
    found = extremities_of(points, score, layout)
    assert found is not None
    inner, _ = to_h36m17(points, score, layout)
    ears = (points[names.index("left_ear")] + points[names.index("right_ear")]) / 2
    way = found[0][EXTREMITIES.index("face")] - inner[H36M17.index("nose")]
    np.testing.assert_allclose(way, points[names.index("nose")] - ears, atol=1e-5)


def test_a_missing_point_leaves_its_extremity_missing() -> None:
    points = np.ones((len(SKELETONS["blazepose33"].joints), 2))
    points[SKELETONS["blazepose33"].index("left_pinky")] = np.nan
    found = extremities_of(points, np.ones(len(points)), "blazepose33")
    assert found is not None
    missing = [name for name, xy, score in zip(EXTREMITIES, *found, strict=True) if np.isnan(xy).any() and score == 0]
    assert missing == ["left_hand"]


def test_what_is_not_sure_counts_as_not_seen() -> None:
    skeleton = SKELETONS["coco17"]
    points, score = np.ones((2, len(skeleton.joints), 2)), np.full((2, len(skeleton.joints)), 0.9)
    score[1, skeleton.index("left_ear")] = 0.1
    found = sure_extremities(points, score, "coco17")
    assert found is not None and found.dtype == np.float32
    assert np.isfinite(found[0, -1]).all() and np.isnan(found[1, -1]).all()
    assert sure_extremities(points, score, "h36m17") is None


def test_layouts_without_extremities() -> None:
    assert extremities_of(np.zeros((17, 2)), np.ones(17), "h36m17") is None


def test_takes_hold_the_shape_of_their_extremities() -> None:
    xyz = np.zeros((3, 17, 3), np.float32)
    with pytest.raises(ValueError, match="extremities has shape"):
        MotionClip(xyz, 30.0, "a", "a", extremities=np.zeros((3, 6, 3), np.float32))
