from dance3d.geometry.bones import BONE_NAMES, bone
from dance3d.io.animation_joints import JOINTS, NODES
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
