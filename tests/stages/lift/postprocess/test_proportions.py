"""Bodies brought to the proportions that the net knows, and back."""

import numpy as np
import pytest

from dance3d.skeleton import H36M17
from dance3d.stages.lift.postprocess.proportions import KNOWN, factors, to_known, to_own
from dance3d.synth.choreography import choreograph

LEG = ("left_hip", "left_knee", "left_ankle")


def body(shin: float = 1.0) -> np.ndarray:
    """A front view of a dancer (T, 17, 2) whose thighs, shins and trunk have the known shares, but for the shins."""
    xyz = choreograph("salsa", 3.0, 4).xyz.astype(float)
    xyz -= xyz[:, :1]
    bones = xyz - xyz[:, [max(p, 0) for p in H36M17.parent_indices]]
    unit = bones / np.maximum(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-9)
    length = np.linalg.norm(bones, axis=-1).mean(0)
    for name, joints in (
        ("thigh", ("left_knee", "right_knee")),
        ("shin", ("left_ankle", "right_ankle")),
        ("trunk", ("spine", "thorax")),
    ):
        columns = H36M17.indices(*joints)
        length[columns] = KNOWN[name] / (2 if name == "trunk" else 1) * (shin if name == "shin" else 1)
    out = np.zeros_like(xyz)
    for parent, child in H36M17.bones:
        out[:, child] = out[:, parent] + unit[:, child] * length[child]
    return out


def view(xyz: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return xyz[..., :2] * 300 + 500, np.ones(xyz.shape[:2], bool), np.arange(len(xyz)) / 30


def test_a_known_body_is_left_as_it_is():
    xy, present, time = view(body())
    factor = factors(xy, present, time)
    assert factor == pytest.approx({"thigh": 1, "shin": 1, "trunk": 1}, abs=0.06)


def test_short_shins_are_made_longer_and_given_back():
    short = body(shin=0.7)
    xy, present, time = view(short)
    factor = factors(xy, present, time)
    assert factor["shin"] > 1.12 and factor["shin"] > 1.1 * factor["thigh"]
    known = to_known(xy, present, time, factor)
    hip, knee, ankle = H36M17.indices(*LEG)
    assert np.allclose(known[:, ankle] - known[:, knee], factor["shin"] * (xy[:, ankle] - xy[:, knee]))
    assert np.allclose(known[:, knee] - known[:, hip], factor["thigh"] * (xy[:, knee] - xy[:, hip]))
    own = to_own(known_pose := to_known_pose(short, factor), factor)
    ratio = np.linalg.norm(own[:, ankle] - own[:, knee], axis=-1) / np.linalg.norm(own[:, knee] - own[:, hip], axis=-1)
    true = np.linalg.norm(short[:, ankle] - short[:, knee], axis=-1) / np.linalg.norm(
        short[:, knee] - short[:, hip], axis=-1
    )
    assert np.allclose(ratio, true) and known_pose.shape == own.shape


def to_known_pose(xyz: np.ndarray, factor: dict[str, float]) -> np.ndarray:
    """What a perfect net would give: the scaled body in space."""
    whole = {name: 1 / value for name, value in factor.items()}
    scale = sum(KNOWN[name] / value for name, value in whole.items())
    return to_own(xyz, whole) * scale


def test_a_joint_never_seen_does_not_move_those_beyond_it():
    xy, present, time = view(body(shin=0.7))
    factor = factors(xy, present, time)
    whole = to_known(xy, present, time, factor)
    lost, nose = xy.copy(), H36M17.index("nose")
    lost[:, nose] = np.nan
    present = present.copy()
    present[:, nose] = False
    others = [j for j in range(17) if j != nose]
    assert np.allclose(to_known(lost, present, time, factor)[:, others], whole[:, others])


@pytest.mark.parametrize("frames", [1, 5])
def test_a_clip_too_short_to_tell_is_left_as_it_is(frames):
    xy, present, time = view(body(shin=0.7)[:frames])
    factor = factors(xy, present, time)
    assert set(factor.values()) == {1.0}
    assert to_known(xy, present, time, factor) is xy
