import numpy as np
import pytest
from rest_bodies import body, dancing
from tumbling_bodies import pose_of, tumble

from dance3d.io.export_files.animation_joints import JOINTS, NAMES, tree
from dance3d.io.export_files.posed_body import posed_body
from dance3d.io.export_files.rig import TOLERANCE, local_quaternions, rig_of
from dance3d.io.world_frame import to_world
from dance3d.skeleton import H36M17

TIME = np.arange(50) / 25


def dancer():
    xyz, ends = (points * [1, -1, -1] for points in body(dancing(TIME)))
    return pose_of(xyz, TIME, extremities=ends.astype(np.float32))


@pytest.mark.parametrize("names", NAMES)
def test_no_link_has_no_length_and_soles_are_on_the_floor(names):
    pose = dancer()
    nodes = tree(names, ends=True)
    rig = rig_of(posed_body(pose, None, pose.time), nodes)
    assert min(np.linalg.norm(rig.offset[node.name]) for node in nodes) > 0.01
    low = min(place[1] for place in rig.place.values())
    assert 0 <= low < 0.03 and rig.place[NAMES[names]["Hips"]][1] > 0.7


def test_only_joints_that_leave_their_place_are_moved():
    pose = dancer()
    nodes = tree("mixamo")
    rig = rig_of(posed_body(pose, None, pose.time), nodes)
    for node in nodes[1:]:
        if node.name in rig.moves:
            assert np.abs(rig.moves[node.name] - rig.offset[node.name]).max() > TOLERANCE
    assert "mixamorig:LeftLeg" not in rig.moves and "mixamorig:Neck" in rig.moves
    np.testing.assert_allclose(rig.moves["mixamorig:Hips"], to_world(pose)[:, H36M17.index("pelvis")], atol=1e-6)


def test_bones_of_changing_length_move_their_ends():
    pose = pose_of(tumble(20, stretch=0.1), np.arange(20) / 25)
    rig = rig_of(posed_body(pose, None, pose.time), tree("dance3d"))
    assert JOINTS["left_wrist"] in rig.moves


def test_quaternions_do_not_change_sign():
    pose = dancer()
    turn = posed_body(pose, None, pose.time).turn
    q = local_quaternions(turn, 3, None)
    assert ((q[1:] * q[:-1]).sum(-1) > 0).all()
