import numpy as np
import pytest
from rest_bodies import body, dancing
from tumbling_bodies import pose_of

from dance3d.geometry.bones import BONE_NAMES, HAND, bone
from dance3d.geometry.rotations import angle_between
from dance3d.io.export_files import posed_body as posed
from dance3d.io.export_files.posed_body import posed_body
from dance3d.skeleton import EXTREMITIES

TIME = np.arange(90) / 30
UP = np.array([0.0, -1.0, 0.0])


def dancer(**changed):
    """The pose of a dancer in camera axes, with extremities."""
    xyz, extremities = (points * [1, -1, -1] for points in body(dancing(TIME)))
    more = {"extremities": extremities.astype(np.float32), "root": np.full((90, 3), [0, 0, 4.0]), "up": UP} | changed
    return pose_of(xyz, TIME, **more)


def test_bones_have_their_lengths_and_rotations():
    found = posed_body(dancer(), None, TIME)
    assert found.lengths["left_knee"] == pytest.approx(0.42, abs=1e-6) and "pelvis" not in found.lengths
    np.testing.assert_allclose(found.root, np.tile([0, 0, -4.0], (90, 1)))
    off = np.degrees(angle_between(found.turn, dancing(TIME)))
    assert np.median(off[:, BONE_NAMES.index("left_foot")]) < 2
    np.testing.assert_allclose(found.ends["left_toe"], np.array(bone("left_foot").rest), atol=1e-6)


def test_other_times_lie_between():
    later = TIME[:-1] + 1 / 60
    found, whole = posed_body(dancer(), None, later), posed_body(dancer(), None, TIME)
    assert np.degrees(angle_between(found.turn, whole.turn[:-1])).max() < 30
    assert len(found.root) == 89


def test_gaps_of_extremities_are_no_motion_and_their_lengths_the_usual_ones():
    ends = dancer().extremities.copy()
    ends[30:50, EXTREMITIES.index("left_toe")] = np.nan
    ends[:, EXTREMITIES.index("right_hand")] = np.nan
    found, whole = posed_body(dancer(extremities=ends), None, TIME), posed_body(dancer(), None, TIME)
    assert np.isfinite(found.turn).all()
    np.testing.assert_allclose(found.ends["right_hand"], [-HAND, 0, 0])
    foot = BONE_NAMES.index("left_foot")
    assert np.degrees(angle_between(found.turn, whole.turn))[55:, foot].max() < 8
    assert posed_body(dancer(extremities=None), None, TIME).turn.shape == whole.turn.shape


def test_nothing_of_a_bone_goes_on_across_a_cut():
    turned = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])  # the second shot is seen from the side
    xyz, extremities = (points * [1, -1, -1] for points in body(dancing(TIME)))
    xyz[45:], extremities[45:] = xyz[45:] @ turned, extremities[45:] @ turned
    pose = pose_of(xyz, TIME, extremities=extremities.astype(np.float32), shots=(0, 45))
    found = posed_body(pose, None, TIME).turn
    for rows in (slice(0, 45), slice(45, 90)):
        ends = extremities[rows].astype(np.float32)
        alone = posed_body(pose_of(xyz[rows], TIME[rows], extremities=ends), None, TIME[rows]).turn
        np.testing.assert_allclose(found[rows], alone, atol=1e-6)


def test_long_clips_are_turned_piece_by_piece_without_seams(monkeypatch):
    whole = posed_body(dancer(), None, TIME).turn
    monkeypatch.setattr(posed, "PIECE", 20)
    monkeypatch.setattr(posed, "MARGIN", 1.0)
    np.testing.assert_allclose(posed_body(dancer(), None, TIME).turn, whole, atol=2e-3)
