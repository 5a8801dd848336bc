import pytest

from dance3d.geometry.bones import BONE_NAMES, bone
from dance3d.io.export_files.animation_joints import ENDS, JOINTS, NAMES, NODES, tree
from dance3d.skeleton import H36M17


def test_every_joint_and_every_bone_has_its_node_below_its_parent():
    assert set(JOINTS) == set(H36M17.joints)
    assert {node.bone for node in NODES} == set(BONE_NAMES)
    names = [node.name for node in NODES]
    assert len(set(names)) == len(names) and all(node.parent in names[:i] for i, node in enumerate(NODES) if i)


def test_a_node_stands_at_the_end_of_its_parents_bone_or_beside_it():
    nodes = {node.name: node for node in NODES}
    for node in NODES[1:]:
        parent = nodes[node.parent]
        assert node.at in (parent.at, parent.aims) and bone(node.bone).start in (node.at, "spine", "nose")


@pytest.mark.parametrize("names", NAMES)
def test_every_preset_is_a_tree_of_different_names_with_all_joints_of_the_pose(names):
    nodes = tree(names, ends=True)
    found = [node.name for node in nodes]
    assert len(set(found)) == len(found) and all(node.parent in found[:i] for i, node in enumerate(nodes) if i)
    assert {NAMES[names][ours] for ours in JOINTS.values()} <= set(found)
    assert {node.at for node in ENDS} <= {node.at for node in nodes}


def test_presets_have_the_names_that_their_programs_know():
    mixamo = {node.name: node.parent for node in tree("mixamo")}
    assert mixamo["mixamorig:LeftUpLeg"] == "mixamorig:Hips" and mixamo["mixamorig:Neck"] == "mixamorig:Spine2"
    assert mixamo["mixamorig:RightArm"] == "mixamorig:RightShoulder" and not any("Pelvis" in name for name in mixamo)
    assert {"LeftThigh", "RightShin", "Spine4"} <= {node.name for node in tree("rokoko")}
    assert {node.name: node.parent for node in tree("cmu")}["LHipJoint"] == "Hips"


def test_names_that_do_not_exist_are_an_error():
    with pytest.raises(ValueError, match="'maya' are not known; choose from dance3d, mixamo"):
        tree("maya")


def test_the_presets_that_are_offered_are_those_there_are():
    from dance3d.io.export_files.formats import JOINT_NAMES

    assert tuple(NAMES) == JOINT_NAMES
