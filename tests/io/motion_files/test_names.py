import json

import motion_sets as sets
import numpy as np
import pytest
import yaml
from golden_figure import TRUTH, bvh

from dance3d.io.motion_files import read_motion

MAP = {
    **{f"{s}_{j}": f"{s[0]}_{j}_bone" for s in sets.SIDES for j in sets.LIMBS},
    "pelvis": "base",
    "nose": ["face_a", "face_b"],
    "head": {"face_a": -0.5, "face_b": -0.5, "crown": 2.0},
    "spine": "belly",
}


def odd_joints(xyz):
    """Names that no tool has."""
    at = sets.places(xyz)
    out = [("base", "", at["pelvis"]), ("belly", "base", at["spine"])]
    out += [(f"face_{n}", "belly", at["nose"] + sets.by(x, 0, 0)) for n, x in (("a", 0.05), ("b", -0.05))]
    out.append(("crown", "belly", (at["nose"] + at["head"]) / 2))
    return out + [(name, "base", at[joint]) for joint, name in MAP.items() if joint.startswith(sets.SIDES)]


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_own_map(tmp_path, suffix):
    bvh(tmp_path / "a.bvh", odd_joints(TRUTH))
    (tmp_path / f"map{suffix}").write_text((yaml.safe_dump if suffix == ".yaml" else json.dumps)(MAP))
    clip = read_motion(tmp_path / "a.bvh", map=tmp_path / f"map{suffix}")
    np.testing.assert_allclose(clip.xyz, TRUTH, atol=1e-4)
    with pytest.raises(
        ValueError, match=r"no naming known fits.*which misses left_hip.* and head\. The file has base, belly, face_a"
    ):
        read_motion(tmp_path / "a.bvh")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"left_hip": "nothing"}, r"does not give left_hip \(nothing\)\. The file has base, belly"),
        ({"tail": "base"}, "tail are no joints of ours"),
        ({"left_hip": "r_hip_bone"}, "gives r_hip_bone to two joints"),
        ({"left_hip": 3}, "left_hip is 3, expected a name"),
        ({"head": {"crown": 2.0}}, "weights of head sum to 2"),
    ],
)
def test_a_map_that_cannot_be(tmp_path, change, says):
    bvh(tmp_path / "a.bvh", odd_joints(TRUTH))
    with pytest.raises(ValueError, match=says):
        read_motion(tmp_path / "a.bvh", map=MAP | change)
