"""Extremities of lifted poses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.geometry.vectors import degrees_between
from dance3d.skeleton import EXTREMITIES, H36M17
from dance3d.stages.lift.extremities.features import LENGTHS, LIMBS, body_size
from dance3d.stages.lift.extremities.model import ExtremityNet
from dance3d.stages.lift.extremities.predict import REACH, shipped, with_extremities
from dance3d.synth.choreography import choreograph
from dance3d.synth.virtual_cameras import film


class Ahead(ExtremityNet):
    """Says that every point lies ahead in the frame of its part of the body."""

    def forward(self, features: torch.Tensor, kind: str) -> torch.Tensor:
        points = 2 if kind == "foot" else 1
        return torch.tensor([0.0, 0.0, 1.0]).expand(*features.shape[:2], points, 3)


def lifted(seconds: float = 2.0, fps: float | None = None) -> tuple[Pose3D, Keypoints2D]:
    """A true pose and its exact keypoints; the pose without extremities."""
    clip = choreograph("modern", seconds, 2)
    one = film([clip if fps is None else replace(clip, fps=fps)])[0]
    return replace(one.truth, extremities=None), one.keypoints


@pytest.mark.parametrize("fps", [30.0, 60.0, 24.0])
def test_points_hang_on_their_joints_at_constant_lengths(fps: float) -> None:
    pose, track = lifted(fps=fps)
    found = with_extremities(pose, track, Ahead(8)).extremities
    assert found is not None
    for limb in LIMBS:
        joint = pose.xyz[:, H36M17.index(limb.joint)]
        for point in limb.points:
            length = np.linalg.norm(found[:, EXTREMITIES.index(point)] - joint, axis=-1)
            np.testing.assert_allclose(length, LENGTHS[point] * body_size(pose.xyz.astype(float)), rtol=1e-4)


def test_who_was_not_looked_for_has_none_and_who_was_not_seen_is_unknown() -> None:
    pose, track = lifted()
    assert with_extremities(pose, replace(track, extremities=None), Ahead(8)).extremities is None
    nothing = np.full_like(track.extremities, np.nan)
    found = with_extremities(pose, replace(track, extremities=nothing), Ahead(8)).extremities
    assert found is not None and np.isnan(found).all()


def test_a_point_is_known_near_frames_in_which_it_was_seen() -> None:
    pose, track = lifted()
    ends = track.extremities.copy()
    toe, hand = EXTREMITIES.index("left_toe"), EXTREMITIES.index("left_hand")
    ends[20:, toe] = np.nan
    found = with_extremities(pose, replace(track, extremities=ends), Ahead(8)).extremities
    assert found is not None
    known = np.isfinite(found[:, toe]).all(-1)
    last = int(np.flatnonzero(known)[-1])
    assert known[: last + 1].all() and track.time[last] - track.time[19] == pytest.approx(REACH, abs=0.02)
    assert np.isfinite(found[:, hand]).all()


def test_frames_without_a_pose_have_no_extremities() -> None:
    pose, track = lifted()
    xyz, root = pose.xyz.copy(), pose.root.copy()
    xyz[10:20], root[10:20] = np.nan, np.nan
    found = with_extremities(replace(pose, xyz=xyz, root=root), track, Ahead(8)).extremities
    assert found is not None
    assert np.isnan(found[10:20]).all() and np.isfinite(found[:10]).all() and np.isfinite(found[20:]).all()


def test_the_net_that_ships_finds_directions_of_an_invented_dancer() -> None:
    clip = choreograph("salsa", 4.0, 77)
    off = {"foot": [], "hand": [], "head": []}
    for one in film([clip]):
        found = with_extremities(replace(one.truth, extremities=None), one.keypoints, shipped()).extremities
        assert found is not None and one.truth.extremities is not None
        for limb in LIMBS:
            joint = one.truth.xyz[:, H36M17.index(limb.joint)].astype(float)
            at = EXTREMITIES.index(limb.points[0])
            off[limb.kind].append(degrees_between(found[:, at] - joint, one.truth.extremities[:, at] - joint))
    for kind, most in (("foot", 20), ("hand", 30), ("head", 20)):
        assert np.median(np.concatenate(off[kind])) < most, kind
