import numpy as np
import pytest

from dance3d.benchmarks.lift.detector_joints import figures
from dance3d.contracts import Keypoints2D
from dance3d.skeleton import H36M17
from dance3d.synth.choreography import GENRES, choreograph
from dance3d.synth.crowd import couple


def seen(seed, shift):
    """A film, and a track whose left wrist lies ``shift`` metres beyond the truth, in the world's axes."""
    crowd = couple([choreograph(GENRES[0], 3.0, seed)], seed)
    xyz = np.einsum("tij,tkj->tki", crowd.E[:, :, :3], crowd.people[0] + shift) + crowd.E[:, None, :, 3]
    xy = xyz[..., :2] / xyz[..., 2:] * crowd.camera.focal + np.array(crowd.camera.centre)
    flags = np.ones(xy.shape[:2], bool)
    score = np.where(np.arange(17) == H36M17.index("left_wrist"), 0.1, 0.9) * flags
    return crowd, Keypoints2D(xy, score, flags, crowd.time, crowd.camera.size)


def test_no_error_is_found_where_there_is_none():
    found = figures([seen(1, 0.0)])
    assert all(abs(value) < 0.1 for name, value in found.items() if not name.endswith("unsure"))
    assert found["left_wrist.unsure"] == 1 and found["nose.unsure"] == 0


def test_a_constant_offset_is_told_from_noise():
    found = figures([seen(seed, np.array([0.0, 0.03, 0.0])) for seed in range(4)])
    ups = [found[f"{side}_hip.up"] for side in ("left", "right")]
    assert ups == pytest.approx([30, 30], abs=8) and found["left_hip.white"] < 3
