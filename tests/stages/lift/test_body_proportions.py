"""Proportions from keypoints, given to invented bodies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dance3d.contracts import MotionClip
from dance3d.skeleton import H36M17
from dance3d.stages.lift import body_proportions
from dance3d.synth.random_motion import random_motion
from dance3d.synth.virtual_cameras import film

PARENTS = [max(parent, 0) for parent in H36M17.parent_indices]


def lengths(clip: MotionClip) -> np.ndarray:
    return np.median(np.linalg.norm(clip.xyz - clip.xyz[:, PARENTS], axis=-1), axis=0)


def shares(clips: list[MotionClip]) -> np.ndarray:
    return body_proportions.bone_shares([one.keypoints for one in film(clips)])


def test_keypoints_tell_the_bones_that_a_body_has() -> None:
    clips = [random_motion(8.0, seed) for seed in range(12)]
    long = H36M17.indices("left_ankle", "right_ankle", "left_wrist", "right_wrist")
    factors = np.ones(len(H36M17.joints))
    factors[long] = 1.25
    other = [body_proportions.with_bone_factors(clip, factors) for clip in clips]
    found = np.median(body_proportions.bone_factors(shares(other), shares(clips)), axis=0)
    body = lengths(clips[0])
    leg = body[H36M17.indices("left_knee", "left_ankle", "spine", "thorax")].sum()
    grown = leg / (leg + 0.25 * body[H36M17.index("left_ankle")])  # shares are of a size that shins are part of
    assert np.allclose(found[long], 1.25 * grown, rtol=0.08)
    rest = H36M17.indices("left_knee", "left_elbow", "head")
    assert np.allclose(found[rest], grown, rtol=0.08)


def test_a_rebuilt_body_moves_alike_with_other_bones() -> None:
    clip = random_motion(2.0, 1)
    factors = np.linspace(0.8, 1.2, len(H36M17.joints))
    made = body_proportions.with_bone_factors(clip, factors)
    assert np.allclose(lengths(made)[1:], (lengths(clip) * factors)[1:], rtol=1e-4)
    before, after = (c.xyz - c.xyz[:, PARENTS] for c in (clip, made))
    cosine = (
        (before * after).sum(-1)[:, 1:] / np.linalg.norm(before, axis=-1)[:, 1:] / np.linalg.norm(after, axis=-1)[:, 1:]
    )
    assert cosine.min() > 0.999


def test_clips_that_show_no_whole_body_are_left_out() -> None:
    whole, cut = (one.keypoints for one in film([random_motion(1.0, 1)])[:2])
    seen = cut.measured.copy()
    seen[:, H36M17.index("left_ankle")] = False
    legless = replace(cut, measured=seen)
    assert len(body_proportions.bone_shares([whole, legless])) == 1
    with pytest.raises(ValueError, match="none of 1 tracks"):
        body_proportions.bone_shares([legless])
