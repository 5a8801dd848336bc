from dataclasses import replace

import numpy as np
import pytest

from dance3d.skeleton import H36M17
from dance3d.synth.body import body_parts, random_look
from dance3d.synth.choreography import choreograph

XYZ = choreograph("everyday", 0.2, 0).xyz
PLAIN = replace(random_look(np.random.default_rng(0)), long_hair=False, long_sleeves=False, shorts=False)


def test_parts_are_capsules_on_the_joints():
    parts = body_parts(XYZ, PLAIN)
    frames, count = parts.a.shape[:2]
    assert (
        frames == len(XYZ) and parts.radius_a.shape == parts.flat.shape == (count,) and parts.colour.shape == (count, 3)
    )
    assert (parts.radius_a > 0).all() and (parts.colour >= 0).all() and (parts.colour <= 1).all()
    np.testing.assert_allclose(np.linalg.norm(parts.axis, axis=-1), 1, atol=1e-6)
    both = np.concatenate([parts.a, parts.b], 1)
    for joint in ("left_elbow", "right_knee", "left_ankle"):
        away = np.linalg.norm(both - XYZ[:, None, H36M17.index(joint)], axis=-1).min(1)
        assert away.max() < 0.01, joint


def test_a_body_grows_with_its_trunk():
    small, large = body_parts(XYZ, PLAIN), body_parts(1.5 * XYZ, PLAIN)
    np.testing.assert_allclose(large.radius_a, 1.5 * small.radius_a, rtol=1e-5)


@pytest.mark.parametrize("more", [{"hat": True}, {"bun": True}, {"long_hair": True}, {"skirt": 1.0}, {"shorts": True}])
def test_clothes_and_hair_are_parts_of_their_own(more):
    assert len(body_parts(XYZ, replace(PLAIN, **more)).flat) > len(body_parts(XYZ, PLAIN).flat)


def test_a_coat_has_the_colour_of_the_shirt():
    look = replace(PLAIN, skirt=2.0, shirt=np.array([1.0, 0, 0]), trousers=np.array([0, 0, 1.0]))
    red = [int((body_parts(XYZ, replace(look, coat=coat)).colour == [1, 0, 0]).all(1).sum()) for coat in (False, True)]
    assert red[1] > red[0] + 4


def test_looks_of_one_seed_are_one_look():
    one, again, other = (random_look(np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(one.shirt, again.shirt) and not np.array_equal(one.shirt, other.shirt)
