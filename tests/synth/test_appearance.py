from dataclasses import replace

import numpy as np

from dance3d.synth.appearance import random_outfit
from dance3d.synth.body import Look, body_parts
from dance3d.synth.choreography import choreograph


def test_bodies_and_clothes_differ():
    rng = np.random.default_rng(0)
    outfits = [random_outfit(rng) for _ in range(200)]
    for part in ("trunk", "arms", "legs", "head"):
        thick = np.array([getattr(outfit.look, part) for outfit in outfits])
        assert 0.8 <= thick.min() < 0.93 and 1.1 < thick.max() <= 1.35
    for cut_ in ("hat", "coat", "bun", "shorts", "long_hair", "long_sleeves"):
        assert 0.02 < np.mean([getattr(outfit.look, cut_) for outfit in outfits]) < 0.7
    xyz = choreograph("everyday", 0.1, 0).xyz
    plain = Look(*(np.full(3, 0.5) for _ in range(5)), False, False, False)
    thick = body_parts(xyz, replace(plain, trunk=1.3, legs=1.2))
    ratio = thick.radius_a / body_parts(xyz, plain).radius_a
    assert {1.0, 1.2, 1.3} == set(ratio.round(6))
    assert len(body_parts(xyz, replace(plain, skirt=1.2)).flat) > len(thick.flat)
