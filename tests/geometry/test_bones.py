import numpy as np
import pytest
from rest_bodies import body, frames

from dance3d.geometry.bones import BONE_NAMES, BONES, bone, bone_vectors
from dance3d.skeleton import BODY24, H36M17


def test_bones_hang_together_and_end_at_every_joint_once():
    for i, one in enumerate(BONES):
        assert one.parent in BONE_NAMES[:i] if i else not one.parent
        assert one.start == "pelvis" or any(other.end == one.start for other in BONES[:i])
    ends = [one.end for one in BONES if one.end]
    assert len(ends) == len(set(ends)) and set(ends) <= set(BODY24.joints)
    assert set(H36M17.joints) - set(ends) == {"pelvis"}
    with pytest.raises(ValueError, match="bone 'tail' is not known; choose from pelvis, lower_back"):
        bone("tail")


def test_vectors_run_along_the_rest_pose_and_miss_what_is_missing():
    xyz, extremities = body(frames({})[None])
    for name, vector in bone_vectors(xyz, extremities).items():
        rest = np.array(bone(name).rest)
        np.testing.assert_allclose(np.cross(vector[0], rest), 0, atol=1e-9)
        assert vector[0] @ rest > 0
    lost = {name for name, vector in bone_vectors(xyz, None).items() if np.isnan(vector).any()}
    assert lost == {f"{side}_{part}" for side in ("left", "right") for part in ("foot", "hand")}
