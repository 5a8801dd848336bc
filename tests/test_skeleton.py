import numpy as np
import pytest

from dance3d.skeleton import CLEARANCE, COCO17, H36M17, MASK_LINES, PARTS, RECIPES, SIGMAS, SKELETONS, to_h36m17


def test_every_layout_names_joints_once_with_a_partner_on_the_other_side():
    for name, skeleton in SKELETONS.items():
        assert skeleton.name == name and len(set(skeleton.joints)) == len(skeleton.joints)
        if name == "ballroom23":
            continue  # markers, some of which have no partner
        swap = np.array(skeleton.swap)
        assert (swap[swap] == np.arange(len(swap))).all()
        assert [skeleton.joints[i].replace("right", "left") for i in skeleton.right] == [
            skeleton.joints[i] for i in skeleton.left
        ]


def test_the_inner_skeleton_is_a_tree_from_the_pelvis():
    assert len(H36M17.joints) == 17 and len(H36M17.bones) == 16
    assert H36M17.parent_indices[H36M17.index("pelvis")] == -1
    assert all(parent < child or parent == 0 for parent, child in H36M17.bones)
    assert (H36M17.index("left_hip"), H36M17.index("left_knee")) in H36M17.bones
    with pytest.raises(ValueError, match="joint 'tail' is not in skeleton h36m17; choose from pelvis"):
        H36M17.indices("nose", "tail")


def test_tables_name_joints_that_there_are():
    joints = set(H36M17.joints)
    assert set(CLEARANCE) <= joints and set(SIGMAS) == joints | set(COCO17.joints)
    assert all(set(part) <= joints for part in PARTS.values()) and {j for line in MASK_LINES for j in line} <= joints


@pytest.mark.parametrize("layout", RECIPES)
def test_recipes_keep_places_and_sides(layout):
    source = SKELETONS[layout]
    assert set(RECIPES[layout]) == joints_of_ours()
    for parts in RECIPES[layout].values():
        assert set(parts) <= set(source.joints) and sum(parts.values()) == pytest.approx(1)
    x = np.array([1.0 if j.startswith("left_") else -1.0 if j.startswith("right_") else 0.0 for j in source.joints])
    points = np.stack([x, np.full(len(x), 7.0)], 1)
    score = np.linspace(0.2, 1, len(x))
    found, sure = to_h36m17(points, score, layout)
    assert found[:, 1] == pytest.approx(7) and (found[H36M17.left, 0] > 0).all() and (found[H36M17.right, 0] < 0).all()
    row = H36M17.index("left_wrist")
    assert sure[row] == pytest.approx(min(score[source.index(j)] for j in RECIPES[layout]["left_wrist"]))


def joints_of_ours():
    return set(H36M17.joints)


def test_a_missing_joint_leaves_what_is_made_of_it_missing():
    points = np.zeros((17, 2))
    points[SKELETONS["coco17"].index("left_hip")] = np.nan
    found, _ = to_h36m17(points, np.ones(17), "coco17")
    assert np.isnan(found[H36M17.indices("left_hip", "pelvis")]).all()
    assert np.isfinite(found[H36M17.index("right_hip")]).all()
    with pytest.raises(ValueError, match="layout 'coco18x' is not known"):
        to_h36m17(points, np.ones(17), "coco18x")
    with pytest.raises(ValueError, match="layout coco17 has 17 joints, the array has 16"):
        to_h36m17(points[1:], np.ones(16), "coco17")


def test_the_nose_of_coco_moves_into_the_head():
    coco = SKELETONS["coco17"]
    points = np.zeros((17, 2))
    points[coco.index("nose"), 0] = 0.11
    found, _ = to_h36m17(points, np.ones(17), "coco17")
    assert 0.02 < found[H36M17.index("nose"), 0] < 0.05  # as motion capture's, which lies inside the skull
    body = np.zeros((25, 2))
    body[SKELETONS["body25"].indices("left_ear", "right_ear")] = np.nan
    found, _ = to_h36m17(body, np.ones(25), "body25")
    assert np.isfinite(found[H36M17.index("nose")]).all()  # OpenPose leaves out ears that it does not see
