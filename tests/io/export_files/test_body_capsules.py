import numpy as np
import pytest
from rest_bodies import body, frames

from dance3d.geometry.bones import places
from dance3d.io.export_files.body_capsules import body_capsules


@pytest.fixture
def at():
    return {joint: place[0] for joint, place in places(*body(frames({})[None])).items()}


def extent(capsules):
    """(2, 3) lowest and highest corner."""
    spans = [
        point + s * r * one.flat
        for one in capsules
        for point, r in zip((one.a, one.b), one.radius, strict=True)
        for s in (-1, 1)
    ]
    return np.array([np.min(spans, axis=0), np.max(spans, axis=0)])


def test_a_taller_body_is_thicker_too(at):
    one, twice = body_capsules(at), body_capsules({joint: 2 * place for joint, place in at.items()})
    np.testing.assert_allclose(np.ptp(extent(twice), axis=0), 2 * np.ptp(extent(one), axis=0), rtol=0.05)
    assert 1.5 < np.ptp(extent(one), axis=0)[1] < 2


def test_both_sides_are_alike_and_every_limb_has_a_part(at):
    found = body_capsules(at)
    assert {f"{s}_{b}" for s in ("left", "right") for b in ("upper_arm", "hand", "thigh", "foot")} <= {
        c.bone for c in found
    }
    for name in ("thigh", "hand", "foot", "clavicle"):
        left, right = (extent([one for one in found if one.bone == f"{side}_{name}"]) for side in ("left", "right"))
        np.testing.assert_allclose(left, np.sort(right * [-1, 1, 1], axis=0), atol=1e-6)


def test_the_head_looks_ahead(at):
    head = extent([one for one in body_capsules(at) if one.bone == "head"])
    assert head[1, 2] - at["head"][2] > 0.11  # the nose


def test_one_who_was_never_seen_has_a_size(at):
    assert all(one.radius[0] > 0 for one in body_capsules({joint: np.zeros(3) for joint in at}))
