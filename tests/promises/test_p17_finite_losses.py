"""P17: bodies that are none give finite losses and gradients, and gaps stay gaps.

Joints in one point, bones without length and keypoints without confidence are bodies that are none.

Seen to fail under the mutations of ``mutations/p17.yaml``: the root of zero, and the mean of nothing.
"""

import json

import numpy as np
import pytest
import torch

from dance3d import losses
from dance3d.cli.main import main
from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.io import artefacts
from dance3d.skeleton import H36M17

POINT = torch.zeros(2, 6, 17, 3)
"""Two clips of a body whose joints are all in one place."""


def wrist(pose):
    """A pose in which one bone has no length, and all others some."""
    out = torch.randn(2, 6, 17, 3, generator=torch.Generator().manual_seed(0)) + pose
    out[..., H36M17.index("left_wrist"), :] = out[..., H36M17.index("left_elbow"), :].detach()
    return out


DEGENERATE = {
    "distance": lambda pose: losses.distance(pose, POINT),
    "velocity": lambda pose: losses.velocity(pose, POINT),
    "bone lengths": lambda pose: losses.bone_lengths(pose, POINT),
    "bone means": lambda pose: losses.bone_means(pose, POINT),
    "weighted distance": lambda pose: losses.weighted_distance(pose, POINT),
    "reprojection": lambda pose: losses.reprojection(pose, POINT[..., :2]),
    "symmetry": losses.symmetry,
    "backward bend": losses.backward_bend,
    "no keypoint counts": lambda pose: losses.mean_where(losses.distance(pose, POINT), torch.zeros(2, 6, 17) > 0),
}


@pytest.mark.parametrize("shape", ["a point", "a bone without length"])
@pytest.mark.parametrize("name", DEGENERATE)
def test_a_body_that_is_none_has_a_finite_loss_and_gradient(name, shape):
    start = POINT.clone().requires_grad_()
    value = DEGENERATE[name](start if shape == "a point" else wrist(start))
    value.sum().backward()
    assert torch.isfinite(value).all() and torch.isfinite(start.grad).all()


def test_gaps_and_bad_keypoints_are_counted_and_give_no_zeros(tmp_path):
    rng, frames = np.random.default_rng(0), 30
    x, y = 200 + np.linspace(0, 60, 17), 100 + np.linspace(0, 300, 17)
    xy = np.stack([np.broadcast_to(x, (frames, 17)), np.broadcast_to(y, (frames, 17))], -1) + rng.normal(
        0, 2, (frames, 17, 2)
    )
    score = np.full((frames, 17), 0.9)
    xy[:, 9] = np.nan  # a joint that is never seen
    xy[10:14] = np.nan  # nobody, for a while
    score[20] = 0  # seen, and not trusted at all
    xy[25] = xy[25, :1]  # all joints in one point
    np.savez(tmp_path / "a.npz", xy=xy[None], score=score[None], skeleton="coco17", size=[640, 480], fps=30.0)
    where = [str(tmp_path / "a.npz"), "--keypoints", "-o", str(tmp_path / "out"), "--no-cache", "-q"]
    assert main(["run", *where, "--set", "keypoints.smooth=false"]) == 0
    track = artefacts.load(tmp_path / "out/person-1/keypoints.npz", Keypoints2D)
    pose = artefacts.load(tmp_path / "out/person-1/pose3d.npz", Pose3D)
    assert not track.measured[10:14].any() and not pose.measured[10:14].any()
    assert not np.isinf(pose.xyz).any() and np.isfinite(pose.xyz[[0, 5, 29]]).all()
    assert not (track.xy == 0).any(), "what is missing is NaN or filled in, never zero"
    told = json.loads((tmp_path / "out/result.json").read_text())["dancers"][0]
    assert "NaN" not in json.dumps(told)
