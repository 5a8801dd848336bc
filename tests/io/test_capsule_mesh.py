import numpy as np
import pytest
from rest_bodies import body, frames

from dance3d.geometry.bones import BONE_NAMES, places
from dance3d.io.capsule_mesh import capsule_body


@pytest.fixture
def at():
    return {joint: place[0] for joint, place in places(*body(frames({})[None])).items()}


def test_a_taller_body_is_thicker_too(at):
    one, twice = capsule_body(at), capsule_body({joint: 2 * place for joint, place in at.items()})
    np.testing.assert_allclose(np.ptp(twice.position, axis=0), 2 * np.ptp(one.position, axis=0), rtol=0.05)


def test_both_sides_are_alike_and_every_limb_has_a_part(at):
    mesh = capsule_body(at)
    limbs = {BONE_NAMES[row] for row in np.unique(mesh.bone)}
    assert {f"{s}_{b}" for s in ("left", "right") for b in ("upper_arm", "hand", "thigh", "foot")} <= limbs
    for name in ("thigh", "hand", "foot"):
        left, right = (mesh.position[mesh.bone == BONE_NAMES.index(f"{side}_{name}")] for side in ("left", "right"))
        np.testing.assert_allclose(left.max(0) * [1, 1, 1], (right * [-1, 1, 1]).max(0), atol=2e-3)
    assert mesh.triangles.max() == len(mesh.position) - 1
    assert 1.5 < np.ptp(mesh.position[:, 1]) < 2 and mesh.colour.min() >= 0 and mesh.colour.max() <= 1


def test_the_head_looks_ahead(at):
    mesh = capsule_body(at)
    head = mesh.position[mesh.bone == BONE_NAMES.index("head")]
    assert head[:, 2].max() - at["head"][2] > 0.11  # the nose
